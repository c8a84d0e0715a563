package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

/** What an operator reads of a failure. */
class FaultTest {
  @Test
  void showsTheServersWordsAndNoAddressAndNoRow() {
    assertThat(
            Fault.describe(
                new PgException("permission denied for table outbox", "ERROR", "42501", "Row (1)")))
        .isEqualTo("SQLSTATE 42501: permission denied for table outbox");
    assertThat(Fault.describe(new ConnectException("refused: /10.0.0.1:5432")))
        .isEqualTo("the database or the broker does not answer");
    assertThat(Fault.describe(new IllegalStateException("order 7")))
        .isEqualTo("IllegalStateException");
  }

  @Test
  void aFailureThatFollowsAnotherOfItsTransactionSaysNothingItself() {
    assertThat(Fault.isFollowUp(new PgException("aborted", "ERROR", "25P02", ""))).isTrue();
    assertThat(Fault.isFollowUp(new PgException("aborted", "ERROR", "42501", ""))).isFalse();
    assertThat(Fault.isFollowUp(null)).isFalse();
  }
}
