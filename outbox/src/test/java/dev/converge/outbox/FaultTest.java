package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
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
        .isEqualTo("an unexpected failure, see the log");
    assertThat(
            Fault.describe(
                new PgException(
                    "no pg_hba.conf entry for host \"10.0.0.1\"", "FATAL", "28000", "")))
        .isEqualTo("SQLSTATE 28000: the login is refused");
    assertThat(
            Fault.describe(
                new PgException("could not connect to server \"10.0.0.1\"", "ERROR", "08001", "")))
        .isEqualTo("SQLSTATE 08001");
    assertThat(
            Fault.describe(
                new ExecutionException(new BrokerNotAvailableException("broker:9092 is away"))))
        .isEqualTo("the database or the broker does not answer");
  }

  @Test
  void aFailureThatFollowsAnotherOfItsTransactionSaysNothingItself() {
    assertThat(Fault.isFollowUp(new PgException("aborted", "ERROR", "25P02", ""))).isTrue();
    assertThat(Fault.isFollowUp(new PgException("aborted", "ERROR", "42501", ""))).isFalse();
    assertThat(Fault.isFollowUp(null)).isFalse();
  }
}
