package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reason describes the fault of a message and no internals of the service. Method:
 * exceptions of our code, of Jackson, of the database and of the network.
 */
class FailureReasonTest {
  private static final String TYPE = "dev.converge.inventory.ReserveStock.v1";

  @Test
  void keepsTheReasonOfAnUnprocessableMessage() {
    for (String said :
        new String[] {
          "not a CloudEvent: the key is missing",
          "unknown type: " + TYPE,
          TYPE + ": payload is null",
          "ce_time: 23:59:60Z (expected: RFC 3339)",
          "ship: order 0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901 is RELEASED (expected: RESERVED)"
        }) {
      assertThat(FailureReason.of(new UnprocessableMessageException(said))).isEqualTo(said);
    }
  }

  @Test
  void hidesTheTextOfAnyOtherException() {
    for (Throwable cause :
        new Throwable[] {
          new IllegalStateException("db-7 is down"),
          new IllegalArgumentException("No enum constant Kind.A"),
          new UnsupportedOperationException("fe80::1 port 5432"),
          new StackOverflowError()
        }) {
      assertThat(FailureReason.of(cause)).isEqualTo("failed unexpectedly; see the log");
    }
  }

  @Test
  void showsNoAddressesClassesOrSql() {
    for (Throwable cause :
        new Throwable[] {
          new IOException("Connection refused: db/10.0.0.7:5432"),
          new IllegalStateException("order-db:5432 does not answer"),
          new IllegalStateException("10.0.0.7 does not answer"),
          new IllegalStateException("dev.converge.order.Order: no such field"),
          new IllegalStateException("caused by NullPointerException"),
          new IllegalStateException(),
          new NullPointerException("Cannot invoke \"dev.converge.order.Order.lines()\""),
          new PgException("relation \"outbox\" does not exist", "ERROR", "42P01", "SELECT 1")
        }) {
      assertThat(FailureReason.of(cause))
          .contains("see the log")
          .doesNotContain("dev.converge", "Exception", "10.0.0.7", "5432", "outbox", "SELECT");
    }
  }
}
