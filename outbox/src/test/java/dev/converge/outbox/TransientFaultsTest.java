package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a database that is away is told from a request at fault. Method: one error of each class of
 * SQLSTATE that matters.
 */
class TransientFaultsTest {
  private static boolean isTransient(String sqlState) {
    return TransientFaults.isTransient(new PgException("refused", "ERROR", sqlState, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "40001", "40P01", "53300", "55P03", "57P01", "58030", "25006"})
  void isTransientWhereTheDatabaseIsAwayOrBusy(String sqlState) {
    assertThat(isTransient(sqlState)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"23505", "23514", "22P02", "42P01", "42501", "25P02", "P0001", "4000", ""})
  void isNotTransientWhereTheRequestIsAtFault(String sqlState) {
    assertThat(isTransient(sqlState)).isFalse();
  }

  @Test
  void isTransientWhereTheConnectionIsLost() {
    assertThat(TransientFaults.isTransient(ClosedConnectionException.INSTANCE)).isTrue();
    assertThat(TransientFaults.isTransient(new ConnectException("refused"))).isTrue();
    assertThat(TransientFaults.isTransient(new TimeoutException())).isTrue();
  }

  @Test
  void isNotTransientWhereTheCodeIsAtFault() {
    assertThat(TransientFaults.isTransient(new IllegalStateException())).isFalse();
    assertThat(TransientFaults.isTransient(new UnprocessableMessageException("x"))).isFalse();
  }
}
