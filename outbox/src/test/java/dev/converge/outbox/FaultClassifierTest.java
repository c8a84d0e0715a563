package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.delivery.Fault;
import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.Test;

class FaultClassifierTest {
  @Test
  void classifiesByTheExceptionAlone() {
    assertThat(FaultClassifier.of(new UnprocessableMessageException("x"))).isEqualTo(Fault.MESSAGE);
    assertThat(FaultClassifier.of(new PgException("denied", "ERROR", "42501", "")))
        .isEqualTo(Fault.ENVIRONMENT);
    assertThat(FaultClassifier.of(new PgException("refused", "ERROR", "23514", "")))
        .isEqualTo(Fault.UNCERTAIN);
    assertThat(FaultClassifier.of(new IllegalStateException())).isEqualTo(Fault.UNCERTAIN);
  }
}
