package dev.converge.lab.checker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.lab.checker.Traces.Span;
import dev.converge.lab.checker.Traces.TraceRow;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Asks the trace UI for the traces of the newest orders that completed. */
final class TraceReader {
  // It keeps 20,000 spans, those of about 1,000 orders.
  private static final int ORDERS = 50;

  /** Spans are sent once a second; a span that is missing after this time will not arrive. */
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private static final long LOOK_EVERY_MS = 500;

  /** Those of the second instance of the order service are in a folder of its own. */
  private static final int DEPTH_OF_LOGS = 3;

  // The size of a group that could not be sent is not logged: one at least.
  private static final Pattern DROPPED =
      Pattern.compile("dropped (\\d+) span|Failed to export spans");

  // Until this time after a fault, its effects are still being repaired.
  private static final long SETTLED_MICROS = 3_000_000;

  // By the time of the first message, which is the database's: the order's own is that of a clock
  // which may have been stepped.
  private static final String NEWEST =
      """
      SELECT order_id::text, split_part(orders.traceparent, '-', 2)
      FROM orders JOIN (SELECT aggregateid, min(created_at) AS first_at
                        FROM outbox GROUP BY aggregateid) AS ends
                    ON aggregateid = order_id::text
      WHERE status = 'COMPLETED' AND orders.traceparent IS NOT NULL
        AND first_at >= to_timestamp(? / 1000000.0)
      ORDER BY first_at DESC
      LIMIT ?
      """;

  private final Platform platform;
  private final Http http = new Http();

  TraceReader(Platform platform) {
    this.platform = platform;
  }

  /**
   * The traces of orders that were placed after the last fault was healed. Waits until they are
   * complete, or will not be.
   */
  Traces read(Observations observations) {
    Map<String, String> orders = newest(observations.undisturbedMicros() + SETTLED_MICROS);
    if (orders.isEmpty()) {
      return new Traces(0, List.of(), "no order was placed and completed after the last fault");
    }
    long until = System.nanoTime() + WITHIN.toNanos();
    try {
      Map<String, TraceRow> rows = new LinkedHashMap<>();
      while (true) {
        for (Map.Entry<String, String> order : orders.entrySet()) {
          TraceRow before = rows.get(order.getKey());
          if (before == null || !OperationInvariants.isWhole(before)) {
            rows.put(order.getKey(), trace(order.getKey(), order.getValue()));
          }
        }
        if (System.nanoTime() > until
            || rows.values().stream().allMatch(OperationInvariants::isWhole)) {
          // A trace UI that was started since counts from nothing again.
          long dropped = Math.max(0, dropped() - observations.droppedBefore());
          return new Traces(dropped, List.copyOf(rows.values()), "");
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
      }
    } catch (IOException e) {
      return new Traces(0, List.of(), "the trace UI does not answer: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Map<String, String> newest(long sinceMicros) {
    Map<String, String> traces = new LinkedHashMap<>();
    try (Connection connection = platform.connect("order");
        PreparedStatement query = connection.prepareStatement(NEWEST)) {
      query.setLong(1, sinceMicros);
      query.setInt(2, ORDERS);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          traces.put(rows.getString(1), rows.getString(2));
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException("order-db cannot be read", e);
    }
    return traces;
  }

  private TraceRow trace(String order, String traceId) throws IOException {
    Http.Answer answer = http.get(platform.ports().url(Part.ZIPKIN) + "/api/v2/trace/" + traceId);
    List<Span> spans = new ArrayList<>();
    if (answer.body().isArray()) {
      for (JsonNode span : answer.body()) {
        spans.add(
            new Span(
                span.path("id").asText(),
                span.path("parentId").asText(""),
                span.path("localEndpoint").path("serviceName").asText(),
                span.path("kind").asText("INTERNAL"),
                span.path("name").asText()));
      }
    }
    return new TraceRow(order, spans);
  }

  /** Spans that the trace UI has refused since it was started, and services have dropped. */
  long dropped() throws IOException {
    long dropped = droppedByServices();
    if (platform.isReady(Part.ZIPKIN)) {
      JsonNode counters = http.get(platform.ports().url(Part.ZIPKIN) + "/metrics").body();
      dropped +=
          counters.path("counter.zipkin_collector.spans_dropped.http").asLong()
              + counters.path("counter.zipkin_collector.messages_dropped.http").asLong();
    }
    return dropped;
  }

  // A service whose queue of spans is full, or that could not send them, reports it in its log
  // only.
  private long droppedByServices() throws IOException {
    long dropped = 0;
    try (Stream<Path> logs =
        Files.find(platform.layout().state(), DEPTH_OF_LOGS, (path, found) -> isLog(path))) {
      for (Path log : logs.toList()) {
        Matcher logged = DROPPED.matcher(Files.readString(log, StandardCharsets.ISO_8859_1));
        while (logged.find()) {
          dropped += logged.group(1) == null ? 1 : Long.parseLong(logged.group(1));
        }
      }
    }
    return dropped;
  }

  private static boolean isLog(Path path) {
    return path.toString().endsWith("-service.log");
  }
}
