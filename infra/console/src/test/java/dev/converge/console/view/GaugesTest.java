package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: rates are those between two scrapes. Method: pairs of scrapes. */
class GaugesTest {
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");

  private static Gauges at(int second, String order) {
    return new Gauges(BEGIN.plusSeconds(second), Map.of("order", Scrape.parse(order)));
  }

  private static JsonObject order(Gauges before, Gauges now) {
    return now.since(before).getJsonObject("services").getJsonObject("order");
  }

  @Test
  void rateIsTheIncreaseOfACounterPerSecond() {
    JsonObject shown =
        order(
            at(0, "inbox_messages_handled_total{topic=\"t\"} 100"),
            at(2, "inbox_messages_handled_total{topic=\"t\"} 125"));

    assertThat(shown.getDouble("handledPerSecond")).isEqualTo(12.5);
  }

  @Test
  void placedOrdersAreTheAcceptedPosts() {
    String requests = "http_server_request_duration_seconds_count";
    String before =
        requests
            + "{method=\"POST\",route=\"/orders\",status=\"202\"} 10\n"
            + requests
            + "{method=\"POST\",route=\"/orders\",status=\"503\"} 10\n"
            + requests
            + "{method=\"GET\",route=\"/orders\",status=\"200\"} 10\n";

    JsonObject shown = order(at(0, before), at(1, before.replace(" 10\n", " 14\n")));

    assertThat(shown.getDouble("placedPerSecond")).isEqualTo(4);
  }

  @Test
  void counterOfARestartedServiceHasNoRate() {
    assertThat(
            order(
                    at(0, "inbox_messages_handled_total 100"),
                    at(1, "inbox_messages_handled_total 3"))
                .getDouble("handledPerSecond"))
        .isZero();
    assertThat(
            order(new Gauges(BEGIN, Map.of()), at(1, "inbox_messages_handled_total 3"))
                .getDouble("handledPerSecond"))
        .isZero();
  }

  @Test
  void gaugesAreThoseOfTheLaterScrape() {
    JsonObject shown =
        order(
            at(0, "outbox_slot_lag_bytes 7"),
            at(
                1,
                """
                outbox_slot_lag_bytes 4096
                outbox_connector_running 1
                outbox_oldest_undrained_age_seconds{cause="none"} 0.0
                outbox_oldest_undrained_age_seconds{cause="connect-down"} 42.5
                """));

    assertThat(shown.getDouble("waitingBytes")).isEqualTo(4_096);
    assertThat(shown.getDouble("connectorRunning")).isEqualTo(1);
    assertThat(shown.getDouble("undrainedSeconds")).isEqualTo(42.5);
    assertThat(shown.containsKey("blockedSeconds")).isFalse();
  }
}
