package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The services' routes for operators; an unsuccessful answer is an error to print. A service with
 * several nodes is asked at the first that accepts a connection: they have one database.
 */
final class OperatorApi {
  /** The description of a parameter that names a service. */
  static final String SERVICE = "Such as inventory-service.";

  private static final int MAX_PAGES = 100;
  private static final List<Part> SERVICES = Topology.serviceParts();

  private final Http http = new Http();
  private final Supplier<Platform> platform;

  OperatorApi(Supplier<Platform> platform) {
    this.platform = platform;
  }

  /** The service of a name, or all if no name is given. */
  static List<Part> services(@Nullable String name) {
    return name == null ? SERVICES : List.of(service(name));
  }

  static Part service(String name) {
    return SERVICES.stream()
        .filter(part -> part.id().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new PlatformException(
                    "no such service: "
                        + name
                        + " (expected: "
                        + String.join(", ", SERVICES.stream().map(Part::id).toList())
                        + ")"));
  }

  /**
   * Asks a service, or all if no name is given: then one that cannot be asked is reported, and the
   * others are asked.
   *
   * @return the exit code
   */
  static int ask(@Nullable String name, PrintWriter errors, Consumer<Part> question) {
    if (name != null) {
      question.accept(service(name));
      return 0;
    }
    int code = 0;
    for (Part service : SERVICES) {
      try {
        question.accept(service);
      } catch (PlatformException e) {
        errors.println("converge: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }

  JsonNode get(Part service, String path) {
    return send("GET", service, path, null);
  }

  JsonNode act(Part service, String path, OperatorOptions options) {
    return act(service, path, options, Map.of());
  }

  /**
   * Sends an operator's action.
   *
   * @param fields further fields of the body
   */
  JsonNode act(Part service, String path, OperatorOptions options, Map<String, String> fields) {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("operator", options.operator())
            .put("reason", options.reason());
    fields.forEach(body::put);
    return send("POST", service, path, body.toString());
  }

  /**
   * Goes over the items of a path page by page, and returns how many there were.
   *
   * @throws PlatformException after a hundred pages
   */
  int each(Part service, String path, Consumer<JsonNode> item) {
    int count = 0;
    String next = path;
    for (int page = 0; page < MAX_PAGES; page++) {
      JsonNode answer = get(service, next);
      answer.path("items").forEach(item);
      count += answer.path("items").size();
      next = answer.path("next").asText("");
      if (next.isEmpty()) {
        return count;
      }
    }
    throw new PlatformException(
        "there are more: GET " + platform.get().ports().url(service) + next);
  }

  /** The first items of a path, up to a number. */
  List<JsonNode> first(Part service, String path, int most) {
    List<JsonNode> items = new ArrayList<>();
    String next = path;
    while (!next.isEmpty() && items.size() < most) {
      JsonNode answer = get(service, next);
      answer.path("items").forEach(items::add);
      next = answer.path("next").asText("");
    }
    return items.subList(0, Math.min(most, items.size()));
  }

  private JsonNode send(String method, Part service, String path, @Nullable String body) {
    Platform asked = platform.get();
    List<String> urls =
        asked.scale().nodes(service.role()).stream()
            .map(node -> asked.ports().url(node) + path)
            .toList();
    try {
      Http.Answer answer = send(method, urls, body);
      if (answer.status() >= 400) {
        throw new PlatformException(
            service.id() + " answers " + answer.status() + ": " + detail(answer));
      }
      return answer.body();
    } catch (IOException e) {
      throw new PlatformException(
          service.id()
              + " cannot be reached at "
              + String.join(", ", urls)
              + ": is it up? (./converge status)",
          e);
    }
  }

  private Http.Answer send(String method, List<String> urls, @Nullable String body)
      throws IOException {
    try {
      return http.send(method, urls.get(0), body);
    } catch (ConnectException notSent) {
      if (urls.size() == 1) {
        throw notSent;
      }
      return send(method, urls.subList(1, urls.size()), body);
    }
  }

  /** The problem of an answer, with the faults of its fields. */
  static String detail(Http.Answer answer) {
    String title = answer.body().path("title").asText("");
    if (title.isEmpty()) {
      return Visible.line(answer.raw().body());
    }
    StringBuilder detail = new StringBuilder(title);
    detail.append(": ").append(answer.body().path("detail").asText());
    answer
        .body()
        .path("errors")
        .forEach(
            fault ->
                detail
                    .append("; ")
                    .append(fault.path("pointer").asText())
                    .append(' ')
                    .append(fault.path("detail").asText()));
    return Visible.line(detail.toString());
  }
}
