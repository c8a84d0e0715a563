package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.faults.RowCountException;
import dev.converge.faults.UnexpectedRowsException;
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
    assertThat(FaultClassifier.of(new RowCountException("saga", 0, 1)))
        .isEqualTo(Fault.ENVIRONMENT);
    assertThat(FaultClassifier.of(new UnexpectedRowsException("saga: a padded value")))
        .isEqualTo(Fault.ENVIRONMENT);
  }
}
