package dev.converge.console.view;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The numbers of the picture, from the metrics of the services: rates between two scrapes, and the
 * gauges of the later one.
 *
 * @param byService the latest scrape of each service that answered
 */
public record Gauges(Instant at, Map<String, Scrape> byService) {
  private static final String REQUESTS = "http_server_request_duration_seconds_count";

  public Gauges {
    byService = Map.copyOf(byService);
  }

  /** As the page is shown them. */
  public JsonObject since(Gauges before) {
    double seconds = Duration.between(before.at, at).toMillis() / 1_000.0;
    JsonObject services = new JsonObject();
    new TreeMap<>(byService)
        .forEach(
            (service, scrape) ->
                services.put(service, service(scrape, before.of(service), seconds)));
    return new JsonObject().put("at", at.toString()).put("services", services);
  }

  private Scrape of(String service) {
    return byService.getOrDefault(service, Scrape.NONE);
  }

  private static JsonObject service(Scrape now, Scrape before, double seconds) {
    JsonObject json =
        new JsonObject()
            .put("handledPerSecond", rate(now, before, "inbox_messages_handled_total", seconds))
            .put(
                "duplicatesPerSecond", rate(now, before, "inbox_messages_duplicate_total", seconds))
            .put("retriedPerSecond", rate(now, before, "inbox_batches_retried_total", seconds))
            .put("parked", (long) now.sum("inbox_messages_parked_total"))
            .put("placedPerSecond", placed(now, before, seconds));
    put(json, "undrainedSeconds", now.max("outbox_oldest_undrained_age_seconds"));
    put(json, "waitingBytes", now.max("outbox_slot_lag_bytes"));
    put(json, "connectorRunning", now.max("outbox_connector_running"));
    put(json, "reconcilerLagSeconds", now.max("outbox_reconciler_lag_seconds"));
    put(json, "blockedSeconds", now.max("inbox_blocked_seconds"));
    JsonObject ended = new JsonObject();
    for (String outcome : now.values("orders_ended_total", "outcome")) {
      ended.put(
          outcome,
          perSecond(
              now.sum("orders_ended_total", "outcome", outcome),
              before.sum("orders_ended_total", "outcome", outcome),
              seconds));
    }
    return json.put("endedPerSecond", ended);
  }

  private static double placed(Scrape now, Scrape before, double seconds) {
    return perSecond(posts(now), posts(before), seconds);
  }

  private static double posts(Scrape scrape) {
    return scrape.samples().stream()
        .filter(sample -> sample.name().equals(REQUESTS))
        .filter(sample -> "POST".equals(sample.labels().get("method")))
        .filter(sample -> "/orders".equals(sample.labels().get("route")))
        .filter(sample -> sample.labels().getOrDefault("status", "").startsWith("20"))
        .mapToDouble(Scrape.Sample::value)
        .sum();
  }

  private static double rate(Scrape now, Scrape before, String counter, double seconds) {
    return perSecond(now.sum(counter), before.sum(counter), seconds);
  }

  // A counter that went down is that of a process that started again; one without a predecessor
  // would show everything since the start as a rate.
  private static double perSecond(double now, double before, double seconds) {
    return seconds <= 0 || before <= 0 || now < before
        ? 0
        : Math.round(10 * (now - before) / seconds) / 10.0;
  }

  private static void put(JsonObject json, String name, OptionalDouble value) {
    if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
      json.put(name, Math.round(1_000 * value.getAsDouble()) / 1_000.0);
    }
  }
}
