package dev.converge.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.junit.jupiter.api.Test;

/** Goal: operators read what to repair, and no data. Method: one failure of each kind. */
class FaultDescriptionTest {
  @Test
  void describesTheServersMessageWithoutAddressesAndRows() {
    assertThat(
            TransientFaults.describe(
                new PgException("permission denied for table outbox", "ERROR", "42501", "Row (1)")))
        .isEqualTo("SQLSTATE 42501: permission denied for table outbox");
    assertThat(TransientFaults.describe(new ConnectException("refused: /10.0.0.1:5432")))
        .isEqualTo("the database or the broker does not answer");
    assertThat(TransientFaults.describe(new IllegalStateException("order 7")))
        .isEqualTo("an unexpected failure, see the log");
    assertThat(TransientFaults.describe(new RowCountException("saga", 0, 1)))
        .isEqualTo("saga rows written: 0 (expected: 1)");
    assertThat(TransientFaults.describe(new UnexpectedRowsException("saga: a padded value")))
        .isEqualTo("saga: a padded value");
    assertThat(
            TransientFaults.describe(
                new PgException(
                    "no pg_hba.conf entry for host \"10.0.0.1\"", "FATAL", "28000", "")))
        .isEqualTo("SQLSTATE 28000: the login is refused");
    assertThat(
            TransientFaults.describe(
                new PgException("could not connect to server \"10.0.0.1\"", "ERROR", "08001", "")))
        .isEqualTo("SQLSTATE 08001");
    assertThat(
            TransientFaults.describe(
                new ExecutionException(new BrokerNotAvailableException("broker:9092 is down"))))
        .isEqualTo("the database or the broker does not answer");
  }

  @Test
  void recognizesTheFollowUpOfAnEarlierFailureInTheTransaction() {
    assertThat(TransientFaults.isFollowUp(new PgException("aborted", "ERROR", "25P02", "")))
        .isTrue();
    assertThat(TransientFaults.isFollowUp(new PgException("aborted", "ERROR", "42501", "")))
        .isFalse();
    assertThat(TransientFaults.isFollowUp(null)).isFalse();
  }
}
