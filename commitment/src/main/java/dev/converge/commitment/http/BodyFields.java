package dev.converge.commitment.http;

import dev.converge.commitment.Decision;
import dev.converge.faults.InvalidBodyException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a body, and collects those that break a rule. */
final class BodyFields {
  private final JsonObject body;
  private final List<InvalidBodyException.Fault> faults = new ArrayList<>();

  BodyFields(JsonObject body) {
    this.body = body;
  }

  /** One of some decisions; the first of them if the field is at fault. */
  Decision decision(List<Decision> allowed) {
    Object value = body.getValue("decision");
    for (Decision each : allowed) {
      if (each.name().equals(value)) {
        return each;
      }
    }
    refuse("decision", value, "must be one of " + allowed);
    return allowed.get(0);
  }

  /** A text of visible characters; empty if the field is at fault. */
  String text(String name, int longest) {
    Object value = body.getValue(name);
    if (value instanceof String text
        && !text.isBlank()
        && text.codePointCount(0, text.length()) <= longest
        && text.codePoints().allMatch(BodyFields::isVisible)) {
      return text;
    }
    refuse(name, value, "must be 1 to " + longest + " visible characters, not blank");
    return "";
  }

  private void refuse(String name, @Nullable Object value, String rule) {
    faults.add(new InvalidBodyException.Fault("/" + name, value == null ? "is required" : rule));
  }

  // A log is read on terminals, where invisible characters move the cursor or hide a name.
  private static boolean isVisible(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** Whether no field is at fault; else the request is answered with 422. */
  boolean areValid(RoutingContext request) {
    if (!faults.isEmpty()) {
      request.fail(422, new InvalidBodyException(false, faults));
    }
    return faults.isEmpty();
  }

  /** Whether the body has no other fields; else the request is answered with 400. */
  static boolean areKnown(RoutingContext request, JsonObject body, Set<String> fields) {
    List<InvalidBodyException.Fault> unknown =
        body.fieldNames().stream()
            .filter(name -> !fields.contains(name))
            .map(name -> new InvalidBodyException.Fault(pointer(name), "unknown field"))
            .toList();
    if (!unknown.isEmpty()) {
      request.fail(400, new InvalidBodyException(true, unknown));
    }
    return unknown.isEmpty();
  }

  private static String pointer(String name) {
    return "/" + name.replace("~", "~0").replace("/", "~1");
  }
}
