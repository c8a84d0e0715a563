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
  private boolean isStructural;

  /**
   * @param known the only fields that the body may have
   */
  BodyFields(JsonObject body, Set<String> known) {
    this.body = body;
    body.fieldNames().stream()
        .filter(name -> !known.contains(name))
        .forEach(name -> refuseStructure(pointer(name), "unknown field"));
  }

  /** One of some decisions; the first of them if the field is at fault. */
  Decision decision(List<Decision> allowed) {
    String value = string("decision");
    for (Decision each : allowed) {
      if (each.name().equals(value)) {
        return each;
      }
    }
    if (value != null) {
      refuse("decision", "must be one of " + allowed);
    }
    return allowed.get(0);
  }

  /** A text of visible characters; empty if the field is at fault. */
  String text(String name, int longest) {
    String text = string(name);
    if (text == null) {
      return "";
    }
    if (text.isBlank()
        || text.codePointCount(0, text.length()) > longest
        || !text.codePoints().allMatch(BodyFields::isVisible)) {
      refuse(name, "must be 1 to " + longest + " visible characters, not blank");
    }
    return text;
  }

  private @Nullable String string(String name) {
    Object value = body.getValue(name);
    if (value instanceof String text) {
      return text;
    }
    refuseStructure(pointer(name), value == null ? "is required" : "must be a string");
    return null;
  }

  private void refuse(String name, String rule) {
    faults.add(new InvalidBodyException.Fault(pointer(name), rule));
  }

  private void refuseStructure(String pointer, String fault) {
    isStructural = true;
    faults.add(new InvalidBodyException.Fault(pointer, fault));
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

  /**
   * Whether no field is at fault. Else the request is answered with 400 if a field is unknown,
   * missing or of another type, and with 422 if the values only break rules.
   */
  boolean areValid(RoutingContext request) {
    if (!faults.isEmpty()) {
      request.fail(isStructural ? 400 : 422, new InvalidBodyException(isStructural, faults));
    }
    return faults.isEmpty();
  }

  private static String pointer(String name) {
    return "/" + name.replace("~", "~0").replace("/", "~1");
  }
}
