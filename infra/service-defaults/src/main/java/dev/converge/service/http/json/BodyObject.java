package dev.converge.service.http.json;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request's body. Fields are read by name and type. A field of another type is a
 * fault and is read as null, like a missing one. A field that is never read is unknown.
 */
public final class BodyObject {
  private final String pointer;
  private final Map<String, JsonValue> fields;
  private final BodyFaults faults;
  private final Set<String> asked = new HashSet<>();

  BodyObject(String pointer, JsonValue.Fields fields, BodyFaults faults) {
    this.pointer = pointer;
    this.fields = fields.values();
    this.faults = faults;
  }

  /** The faults of the whole body. */
  public BodyFaults faults() {
    return faults;
  }

  /** A text of 256 characters at most. */
  public @Nullable String text(String name) {
    JsonValue value = field(name);
    if (value instanceof JsonValue.Text text) {
      faults.rule(
          at(name),
          text.value().codePointCount(0, text.value().length()) <= JsonBody.MAX_TEXT_CHARS,
          "longer than " + JsonBody.MAX_TEXT_CHARS + " characters");
      return text.value();
    }
    refuseUnlessAbsent(name, value, "must be a string");
    return null;
  }

  /** An integer of 32 bits; 2.0 is one. */
  public @Nullable Integer int32(String name) {
    Long value = int64(name);
    if (value == null || (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE)) {
      return value == null ? null : value.intValue();
    }
    faults.rule(at(name), false, "number out of range");
    return null;
  }

  /** An integer of 64 bits; 2.0 is one. */
  public @Nullable Long int64(String name) {
    JsonValue value = field(name);
    JsonInteger integer =
        value instanceof JsonValue.Numeric number ? JsonInteger.of(number.literal()) : null;
    if (integer == null || !integer.isInteger()) {
      refuseUnlessAbsent(name, value, "must be an integer");
      return null;
    }
    faults.rule(at(name), integer.value() != null, "number out of range");
    return integer.value();
  }

  /** An array of objects, each read by a function. An element of another type is null. */
  public <T> @Nullable List<@Nullable T> objects(String name, Function<BodyObject, T> read) {
    JsonValue value = field(name);
    if (!(value instanceof JsonValue.Elements elements)) {
      refuseUnlessAbsent(name, value, "must be an array");
      return null;
    }
    List<@Nullable T> objects = new ArrayList<>();
    for (JsonValue element : elements.values()) {
      String place = at(name) + "/" + objects.size();
      if (element instanceof JsonValue.Fields fields) {
        objects.add(read(new BodyObject(place, fields, faults), read));
      } else {
        faults.structure(place, "must be an object");
        objects.add(null);
      }
    }
    return objects;
  }

  /** Reads an object, and reports the fields that the function has not read as unknown. */
  static <T> T read(BodyObject object, Function<BodyObject, T> read) {
    T value = read.apply(object);
    for (String name : object.fields.keySet()) {
      if (!object.asked.contains(name)) {
        object.faults.structure(object.at(name), "unknown field");
      }
    }
    return value;
  }

  static String pointer(String parent, String name) {
    return parent + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  private @Nullable JsonValue field(String name) {
    asked.add(name);
    return fields.get(name);
  }

  private String at(String name) {
    return pointer(pointer, name);
  }

  private void refuseUnlessAbsent(String name, @Nullable JsonValue value, String expected) {
    if (value != null && value != JsonValue.Literal.NULL) {
      faults.structure(at(name), expected);
    }
  }
}
