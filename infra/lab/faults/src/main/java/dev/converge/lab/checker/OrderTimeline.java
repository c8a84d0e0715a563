package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.lab.history.Request;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All evidence about one order, by time: the counterexample of a violation. */
public final class OrderTimeline {
  private OrderTimeline() {}

  private record Entry(long atMicros, String text) {}

  /** A line for each event of an order, and its final state. */
  public static List<String> of(Evidence evidence, String orderId) {
    List<Entry> entries = new ArrayList<>();
    requests(evidence, orderId, entries);
    evidence.transitions().stream()
        .filter(at -> at.orderId().equals(orderId))
        .forEach(
            at ->
                entries.add(
                    new Entry(
                        at.atMicros(),
                        "saga      %d %s -> %s %s, attempt %d, sent %s"
                            .formatted(
                                at.version(),
                                at.signal(),
                                at.status(),
                                at.step(),
                                at.attempt(),
                                at.sent()))));
    messages(evidence, orderId, entries);
    List<String> lines =
        entries.stream()
            .sorted(Comparator.comparingLong(Entry::atMicros))
            .map(entry -> time(entry.atMicros()) + "  " + entry.text())
            .collect(Collectors.toCollection(ArrayList::new));
    lines.addAll(atTheEnd(evidence, orderId));
    return lines;
  }

  private static void requests(Evidence evidence, String orderId, List<Entry> entries) {
    Set<String> keys = new HashSet<>();
    evidence.keys().stream()
        .filter(row -> row.orderId().equals(orderId))
        .forEach(row -> keys.add(row.key()));
    evidence.history().stream()
        .filter(
            request ->
                orderId.equals(request.answered().order())
                    || orderId.equals(request.sent().asked()))
        .forEach(request -> keys.add(request.sent().key()));
    for (Request request : evidence.history()) {
      if (keys.contains(request.sent().key())) {
        entries.add(
            new Entry(
                request.invokedMicros(),
                "client    %s (%s) %s"
                    .formatted(
                        request.sent().kind(), request.sent().body(), request.sent().key())));
        Long ended = request.completedMicros();
        if (ended != null) {
          entries.add(
              new Entry(
                  ended,
                  "client    %s is %s: %s %s"
                      .formatted(
                          request.sent().kind(),
                          request.outcome(),
                          Objects.requireNonNullElse(request.answered().status(), "no answer"),
                          Objects.requireNonNullElse(request.answered().orderStatus(), ""))));
        }
      }
    }
  }

  private static void messages(Evidence evidence, String orderId, List<Entry> entries) {
    Map<String, List<TopicRecord>> published =
        evidence.topics().stream()
            .filter(found -> found.key().equals(orderId))
            .collect(Collectors.groupingBy(TopicRecord::id));
    List<OutboxRow> rows =
        evidence.outbox().stream()
            .filter(row -> row.orderId().equals(orderId))
            .sorted(Comparator.comparingLong(OutboxRow::atMicros))
            .toList();
    Set<String> ids = rows.stream().map(OutboxRow::id).collect(Collectors.toSet());
    Map<String, List<String>> handled =
        evidence.inbox().stream()
            .filter(row -> ids.contains(row.messageId()))
            .collect(
                Collectors.groupingBy(
                    Books.InboxRow::messageId,
                    Collectors.mapping(Books.InboxRow::consumer, Collectors.toList())));
    Set<String> once = new HashSet<>();
    rows.forEach(
        row ->
            entries.add(
                new Entry(
                    row.atMicros(),
                    "message   %s %d %s %s%s; published at %s; handled by %s"
                        .formatted(
                            row.domain(),
                            row.sequence(),
                            row.type(),
                            row.id(),
                            once.add(row.id()) ? "" : " again, by the reconciler",
                            published.getOrDefault(row.id(), List.of()).stream()
                                .map(TopicRecord::place)
                                .toList(),
                            handled.getOrDefault(row.id(), List.of())))));
  }

  private static List<String> atTheEnd(Evidence evidence, String orderId) {
    return Stream.of(
            evidence.orders().stream().filter(row -> row.orderId().equals(orderId)),
            evidence.sagas().stream().filter(row -> row.orderId().equals(orderId)),
            evidence.reservations().stream().filter(row -> row.orderId().equals(orderId)),
            evidence.payments().stream().filter(row -> row.orderId().equals(orderId)),
            evidence.ledger().stream().filter(row -> row.key().equals(orderId)))
        .flatMap(rows -> rows.map(row -> "at the end       " + row))
        .toList();
  }

  private static String time(long micros) {
    Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    return at.toString().substring(11, Math.min(23, at.toString().length()));
  }
}
