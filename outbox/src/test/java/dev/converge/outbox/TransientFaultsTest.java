package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
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
  void isTransientWhereTheDatabaseTakesConnectionsAndNeverAnswers() throws IOException {
    Vertx vertx = Vertx.vertx();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Pool pool =
          PgBuilder.pool()
              .with(
                  new PoolOptions()
                      .setMaxSize(1)
                      .setConnectionTimeout(100)
                      .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
              .connectingTo(
                  new PgConnectOptions()
                      .setHost("127.0.0.1")
                      .setPort(silent.getLocalPort())
                      .setUser("anyone")
                      .setDatabase("any"))
              .using(vertx)
              .build();

      for (Future<?> wait :
          List.of(
              pool.withTransaction(tx -> tx.query("SELECT 1").execute()),
              pool.query("SELECT 1").execute())) {
        Throwable cause =
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(wait::cause, Objects::nonNull);
        assertThat(TransientFaults.isTransient(cause)).as("%s", cause).isTrue();
      }
    } finally {
      vertx.close().await();
    }
  }

  @Test
  void isNotTransientWhereTheCodeIsAtFault() {
    assertThat(TransientFaults.isTransient(new IllegalStateException())).isFalse();
    assertThat(TransientFaults.isTransient(new UnprocessableMessageException("x"))).isFalse();
  }
}
