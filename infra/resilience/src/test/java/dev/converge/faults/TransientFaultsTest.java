package dev.converge.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;
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
 * Goal: environment faults are separated from faults of a request. Method: one error of each
 * relevant class of SQLSTATE.
 */
class TransientFaultsTest {
  private static boolean isTransient(String sqlState) {
    return TransientFaults.isTransient(new PgException("refused", "ERROR", sqlState, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "40001", "40P01", "53300", "55P03", "57P01", "58030", "25006"})
  void isTransientIfTheDatabaseIsUnavailableOrBusy(String sqlState) {
    assertThat(isTransient(sqlState)).isTrue();
  }

  @Test
  void isTransientIfAColumnHasAnotherTypeThanTheCodeReads() {
    Throwable ofAColumn = catchThrowable(() -> Tuple.of("1").getOffsetDateTime(0).toInstant());
    assertThat(TransientFaults.isTransient(ofAColumn)).as("%s", ofAColumn).isTrue();
    Object text = "1";
    Throwable ofOurs = catchThrowable(() -> ((Integer) text).intValue());
    assertThat(ofOurs).isInstanceOf(ClassCastException.class);
    assertThat(TransientFaults.isTransient(ofOurs)).isFalse();
  }

  @Test
  void isTransientIfTheCodeCannotHaveWrittenARow() {
    assertThat(TransientFaults.isTransient(new UnexpectedRowsException("saga: a padded value")))
        .isTrue();
  }

  @Test
  void rowThatATriggerDropsIsRefusedByTheSchema() {
    assertThat(TransientFaults.isRefusedBySchema(new RowCountException("saga", 0, 1))).isTrue();
    assertThat(TransientFaults.isTransient(new RowCountException("saga", 0, 1))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "28P01", "28000", "3D000", "3F000", "0A000", "26000", "42501", "42P01", "42703", "42883",
        "42804", "25P03", "XX000", "XX001", "F0000"
      })
  void isTransientIfLoginSchemaOrPrivilegesAreUnexpected(String sqlState) {
    assertThat(isTransient(sqlState)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection is not active now, current status: CLOSED",
        "Pending requests failed to be sent due to connection has been closed.",
        "LATIN1 is not supported in the client only UTF8",
        "Parameter at position[0] with class = [java.util.UUID] and value = [x] can not be coerced"
      })
  void isTransientIfTheClientRefusesBecauseOfItsConnection(String message) {
    assertThat(TransientFaults.isTransient(new VertxException(message))).isTrue();
    assertThat(TransientFaults.isTransient(new IllegalStateException(message))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "23505", "23514", "22P02", "21000", "54000", "25P02", "P0001", "ZZ001", "4000", ""
      })
  void isNotTransientIfTheRequestIsAtFault(String sqlState) {
    assertThat(isTransient(sqlState)).isFalse();
  }

  @Test
  void isTransientIfTheConnectionIsLost() {
    assertThat(TransientFaults.isTransient(ClosedConnectionException.INSTANCE)).isTrue();
    assertThat(TransientFaults.isTransient(new ConnectException("refused"))).isTrue();
    assertThat(TransientFaults.isTransient(new TimeoutException())).isTrue();
  }

  @Test
  void isTransientIfTheDatabaseAcceptsConnectionsAndNeverAnswers() throws IOException {
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
  void isNotTransientIfTheCodeIsAtFault() {
    assertThat(TransientFaults.isTransient(new IllegalStateException())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "23000", "23001", "23502", "23503", "23505", "23514", "23P01", "27000", "44000", "09000",
        "2F005", "38000", "39000", "P0001", "P0004", "XY123", "22001", "22000", "22003", "22004",
        "2200F", "22011", "22012", "22013", "2201B", "2201E", "2201F", "2201G", "22023", "22025",
        "2202E", "2203F"
      })
  void unknownRuleOfTheSchemaIsASchemaRefusal(String sqlState) {
    assertThat(TransientFaults.isRefusedBySchema(new PgException("no", "ERROR", sqlState, "")))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "21000", "22007", "22008", "22021", "22P02", "22P03", "22P05", "25P01", "54000", "2", ""
      })
  void errorInTheStatementOrItsValuesIsNotASchemaRefusal(String sqlState) {
    assertThat(TransientFaults.isRefusedBySchema(new PgException("no", "ERROR", sqlState, "")))
        .isFalse();
    assertThat(TransientFaults.isRefusedBySchema(new IllegalStateException(sqlState))).isFalse();
  }

  @Test
  void errorInATriggersFunctionIsASchemaRefusal() {
    String where = "PL/pgSQL function divide() line 1 at RAISE";
    PgException inTrigger =
        new PgException(
            "division by zero",
            "ERROR",
            "22012",
            null,
            null,
            null,
            null,
            null,
            where,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);

    assertThat(TransientFaults.isRefusedBySchema(inTrigger)).isTrue();
  }
}
