package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An answer of {@code GET /orders/ID}, in lines for people. */
final class OrderStory {
  private static final int CLOCK_BEGIN = 11;
  private static final int CLOCK_END = 23;
  private static final double MINOR = 100.0;

  private OrderStory() {}

  /** The order, its transitions or its votes, and what comes next. */
  static List<String> lines(JsonNode order) {
    List<String> lines = new ArrayList<>();
    lines.add(head(order));
    order.path("saga").path("timeline").forEach(transition -> lines.add(transition(transition)));
    if (order.has("transaction")) {
      lines.addAll(transaction(order.path("protocol"), order.path("transaction")));
    }
    if (order.has("next")) {
      lines.addAll(next(order.path("next")));
    }
    String trace = text(order.path("links").path("trace"));
    if (!trace.isEmpty()) {
      lines.add("trace: " + trace);
    }
    return lines;
  }

  /** The order's state. */
  static String state(JsonNode order) {
    return "order "
        + text(order.path("orderId"))
        + " is "
        + (text(order.path("status")) + " " + text(order.path("reason"))).strip();
  }

  private static String head(JsonNode order) {
    List<String> items = new ArrayList<>();
    order
        .path("lines")
        .forEach(line -> items.add(line.path("quantity").asInt() + " × " + text(line.path("sku"))));
    return String.format(
        Locale.ROOT,
        "%s: %s, %.2f %s",
        state(order),
        String.join(", ", items),
        order.path("totalMinor").asLong() / MINOR,
        text(order.path("currency")));
  }

  /** A transition of the saga: the time, the signal, and the messages that it sent. */
  static String transition(JsonNode transition) {
    String sent = text(transition.path("sent"));
    return String.format(
            Locale.ROOT,
            "  %s  %-16s %s",
            clock(text(transition.path("at"))),
            text(transition.path("signal")),
            sent.isEmpty() ? "→ " + text(transition.path("status")) : "→ " + sent)
        .stripTrailing();
  }

  private static String clock(String at) {
    return at.length() < CLOCK_END ? at : at.substring(CLOCK_BEGIN, CLOCK_END);
  }

  private static List<String> transaction(JsonNode protocol, JsonNode transaction) {
    List<String> lines = new ArrayList<>();
    lines.add("committed by " + text(protocol) + ": " + text(transaction.path("decision")));
    transaction
        .path("votes")
        .properties()
        .forEach(
            vote -> lines.add("  " + Visible.line(vote.getKey()) + ": " + text(vote.getValue())));
    transaction
        .path("branchesInDoubt")
        .forEach(service -> lines.add("  in doubt at " + text(service)));
    transaction
        .path("branchesDivergent")
        .forEach(service -> lines.add("  divergent at " + text(service)));
    return lines;
  }

  private static List<String> next(JsonNode next) {
    List<String> lines = new ArrayList<>();
    int of = next.path("of").asInt(1);
    lines.add(
        "awaits "
            + text(next.path("awaits"))
            + ", attempt "
            + next.path("attempt").asInt()
            + (of > 1 ? " of " + of : "")
            + (next.has("deadlineAt")
                ? ", until " + clock(text(next.path("deadlineAt")))
                : ", without a deadline: it is STUCK"));
    lines.add("if every reply arrives:  " + path(next.path("onReply")));
    if (next.has("onDeadline")) {
      lines.add("if the deadline passes:  " + path(next.path("onDeadline")));
    }
    for (JsonNode action : next.path("actions")) {
      boolean allowed = action.path("allowed").asBoolean();
      if (allowed || text(action.path("action")).equals("cancel")) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%-24s %s",
                "after " + text(action.path("action")) + " now:",
                allowed ? path(action.path("path")) : "not possible: " + text(action.path("why"))));
      }
    }
    return lines;
  }

  /** A path: the messages that are sent, and the end. */
  static String path(JsonNode path) {
    List<String> words = new ArrayList<>();
    for (JsonNode move : path.path("moves")) {
      for (JsonNode sent : move.path("sends")) {
        String type = text(sent.path("type"));
        if (!type.matches("Order(Completed|Rejected|Cancelled)")) {
          words.add(type);
        }
      }
    }
    String outcome = text(path.path("outcome"));
    words.add(
        outcome.isEmpty()
            ? "STUCK"
            : outcome.equals("REJECTED") ? "REJECTED " + text(path.path("reason")) : outcome);
    return String.join(" → ", words);
  }

  private static String text(JsonNode node) {
    return Visible.line(node.asText(""));
  }
}
