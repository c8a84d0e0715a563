package dev.converge.lab.protocols;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.lab.protocols.MessageSequence.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the messages between services out of a trace in Zipkin's format. Pure. */
final class TraceMessages {
  private static final String CLIENT = "client";
  private static final String MESSAGE_TYPE = "cloudevents.event_type";

  /** Tags that may name the service that a request was for, the best first. */
  private static final List<String> PEERS =
      List.of("converge.participant", "peer.service", "server.service");

  private static final Pattern GID = Pattern.compile("([^.]+)\\.[^.]+\\.(.+)");
  private static final Pattern UNDERSCORE = Pattern.compile("_");
  private static final String PROPOSE = "PROPOSE_";
  private static final String RECORD_DONE = "RECORD_DONE";
  private static final String COORDINATOR = "order";
  private static final double SAME_REQUEST_MILLIS = 20;
  private static final long SAME_ROUND_MICROS = 100_000;

  private final Map<String, JsonNode> byId = new HashMap<>();

  /** The receiver of each request that was received, by the id of its sender's span. */
  private final Map<String, String> received = new HashMap<>();

  private final List<Message> messages = new ArrayList<>();
  private final long begin;

  private TraceMessages(JsonNode spans) {
    spans.forEach(span -> byId.put(id(span), span));
    begin = byId.values().stream().mapToLong(TraceMessages::micros).min().orElse(0);
  }

  /** The messages, in the order in which they were sent. */
  static List<Message> of(JsonNode spans) {
    return new TraceMessages(spans).messages();
  }

  private List<Message> messages() {
    // The receiver of a request has a span for the request, and one for its event.
    byId.values().stream()
        .filter(TraceMessages::isReceived)
        .sorted(Comparator.comparing((JsonNode span) -> event(span).isEmpty()))
        .forEach(this::receive);
    // Requests that no service received.
    for (JsonNode span : byId.values()) {
      if (isClient(span) && !received.containsKey(id(span))) {
        add(micros(span), service(span), peer(span), name(span, span), hasFailed(span));
      }
    }
    messages.sort(Comparator.comparingDouble(Message::atMillis));
    return List.copyOf(messages);
  }

  private void receive(JsonNode span) {
    String parentId = span.path("parentId").asText("");
    JsonNode parent = byId.get(parentId);
    String to = service(span);
    if (parent != null && isClient(parent)) {
      if (received.putIfAbsent(parentId, to) == null && !service(parent).equals(to)) {
        add(micros(parent), service(parent), to, name(span, parent), hasFailed(parent));
      }
      return;
    }
    String from = parent == null ? sender(span) : service(parent);
    boolean again =
        messages.stream()
            .anyMatch(
                message ->
                    message.to().equals(to)
                        && message.from().equals(from)
                        && Math.abs(message.atMillis() - millis(span)) < SAME_REQUEST_MILLIS);
    if (!from.equals(to) && !again) {
      add(micros(span), from, to, name(span, parent), false);
    }
  }

  // The span of the sender may be lost; only the order itself comes from the client.
  private static String sender(JsonNode span) {
    return span.path("name").asText().contains("/orders") ? CLIENT : COORDINATOR;
  }

  private double millis(JsonNode span) {
    return (micros(span) - begin) / 1_000.0;
  }

  private void add(long micros, String from, String to, String name, boolean lost) {
    messages.add(new Message(Quantiles.rounded((micros - begin) / 1_000.0), from, to, name, lost));
  }

  private static boolean isReceived(JsonNode span) {
    String kind = span.path("kind").asText();
    return kind.equals("SERVER") || kind.equals("CONSUMER");
  }

  private static boolean isClient(JsonNode span) {
    return span.path("kind").asText().equals("CLIENT");
  }

  private static boolean hasFailed(JsonNode span) {
    return isClient(span) && span.path("tags").has("error");
  }

  private static String name(JsonNode span, @Nullable JsonNode parent) {
    String type = span.path("tags").path(MESSAGE_TYPE).asText("");
    if (!type.isEmpty()) {
      int version = type.indexOf(".v");
      String versionless = version < 0 ? type : type.substring(0, version);
      return versionless.substring(versionless.lastIndexOf('.') + 1);
    }
    JsonNode named = parent != null && isClient(parent) ? parent : span;
    String event = event(named).isEmpty() ? event(span) : event(named);
    return event.isEmpty() ? request(named.path("name").asText()) : event;
  }

  private static String event(JsonNode span) {
    return tag(span, "converge.event");
  }

  private static String request(String name) {
    if (name.startsWith("put /transactions")) {
      return "PREPARE";
    }
    return name.startsWith("get /transactions") ? "asks for the state" : name;
  }

  private String peer(JsonNode span) {
    for (String tag : PEERS) {
      String peer = tag(span, tag);
      if (!peer.isEmpty()) {
        return lane(peer);
      }
    }
    return inferred(span);
  }

  /** The participant that received no request of the same kind at about the same time. */
  private String inferred(JsonNode span) {
    String from = service(span);
    String event = name(span, span);
    Matcher gid = GID.matcher(tag(span, "converge.gid"));
    if (!gid.matches()) {
      return COORDINATOR;
    }
    if (event.startsWith(PROPOSE) || event.equals(RECORD_DONE)) {
      // A register without a name is the coordinator's own.
      return COORDINATOR;
    }
    List<String> left = new ArrayList<>(List.of(UNDERSCORE.split(gid.group(2), -1)));
    left.remove(from);
    for (JsonNode other : byId.values()) {
      String to = received.get(id(other));
      if (to != null
          && left.size() > 1
          && service(other).equals(from)
          && name(other, other).equals(name(span, span))
          && Math.abs(micros(other) - micros(span)) < SAME_ROUND_MICROS) {
        left.remove(to);
      }
    }
    return left.isEmpty() ? COORDINATOR : left.get(left.size() - 1);
  }

  private static String tag(JsonNode span, String name) {
    return span.path("tags").path(name).asText("");
  }

  private static String id(JsonNode span) {
    return span.path("id").asText();
  }

  private static String service(JsonNode span) {
    return lane(span.path("localEndpoint").path("serviceName").asText());
  }

  /** {@code order} of {@code order-service} and {@code order-service-2}. */
  private static String lane(String service) {
    int end = service.indexOf("-service");
    return end < 0 ? service : service.substring(0, end);
  }

  private static long micros(JsonNode span) {
    return span.path("timestamp").asLong();
  }
}
