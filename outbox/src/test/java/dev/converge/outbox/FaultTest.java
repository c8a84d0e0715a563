package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.Test;

class FaultTest {
  @Test
  void classifiesByTheExceptionAlone() {
    assertThat(Fault.of(new UnprocessableMessageException("x"))).isEqualTo(Fault.MESSAGE);
    assertThat(Fault.of(new PgException("denied", "ERROR", "42501", "")))
        .isEqualTo(Fault.ENVIRONMENT);
    assertThat(Fault.of(new PgException("refused", "ERROR", "23514", "")))
        .isEqualTo(Fault.UNCERTAIN);
    assertThat(Fault.of(new IllegalStateException())).isEqualTo(Fault.UNCERTAIN);
  }
}
