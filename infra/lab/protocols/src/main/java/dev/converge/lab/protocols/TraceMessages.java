package dev.converge.lab.protocols;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.lab.protocols.MessageSequence.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the messages between services out of a trace in Zipkin's format. Pure. */
final class TraceMessages {
  private static final String CLIENT = "client";
  private static final String MESSAGE_TYPE = "cloudevents.event_type";

  /** Tags that may name the service that a request was for, the best first. */
  private static final List<String> PEERS =
      List.of("converge.participant", "peer.service", "server.service");

  private final Map<String, JsonNode> byId = new HashMap<>();
  private final Set<String> received = new HashSet<>();

  private TraceMessages(JsonNode spans) {
    for (JsonNode span : spans) {
      // The two sides of a request may share an id; here each has its own.
      byId.put(span.path("id").asText(), span);
    }
  }

  /** The messages, in the order in which they were sent. */
  static List<Message> of(JsonNode spans) {
    return new TraceMessages(spans).messages();
  }

  private List<Message> messages() {
    List<Message> messages = new ArrayList<>();
    double begin = byId.values().stream().mapToLong(TraceMessages::micros).min().orElse(0);
    for (JsonNode span : byId.values()) {
      JsonNode parent = byId.get(span.path("parentId").asText(""));
      String to = service(span);
      String from = parent == null ? CLIENT : service(parent);
      if (isReceived(span) && !from.equals(to)) {
        received.add(span.path("parentId").asText(""));
        long sent = parent == null || !isClient(parent) ? micros(span) : micros(parent);
        messages.add(
            new Message(
                millis(sent - begin),
                from,
                to,
                name(span, parent),
                parent != null && hasFailed(parent)));
      }
    }
    for (JsonNode span : byId.values()) {
      if (isClient(span) && !received.contains(span.path("id").asText())) {
        messages.add(
            new Message(
                millis(micros(span) - begin),
                service(span),
                peer(span),
                name(span, span),
                hasFailed(span)));
      }
    }
    messages.sort(Comparator.comparingDouble(Message::atMillis));
    return messages;
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
      return version < 0 ? type : type.substring(0, version);
    }
    JsonNode named = parent != null && isClient(parent) ? parent : span;
    String event = named.path("tags").path("converge.event").asText("");
    return event.isEmpty() ? named.path("name").asText() : event;
  }

  private static String peer(JsonNode span) {
    for (String tag : PEERS) {
      String peer = span.path("tags").path(tag).asText("");
      if (!peer.isEmpty()) {
        return lane(peer);
      }
    }
    String remote = span.path("remoteEndpoint").path("serviceName").asText("");
    return remote.isEmpty() ? "?" : lane(remote);
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

  private static double millis(double micros) {
    return Quantiles.rounded(micros / 1_000);
  }
}
