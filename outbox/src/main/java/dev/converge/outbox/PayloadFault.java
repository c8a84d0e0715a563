package dev.converge.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Describes the fault of a payload: the field as a JSON Pointer, and the rule that it breaks. Does
 * not name classes, and does not repeat the payload.
 */
final class PayloadFault {
  private PayloadFault() {}

  static String describe(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping)) {
      return syntax(e, "");
    }
    String field = pointer(mapping);
    if (e.getCause() instanceof InputCoercionException) {
      return at(field, "number out of range");
    }
    if (e.getCause() instanceof JsonProcessingException cause) {
      return syntax(cause, field);
    }
    if (e instanceof ValueInstantiationException) {
      // A record's own rules: their messages begin with the field. Other exceptions are not meant
      // to be shown.
      return e.getCause() instanceof IllegalArgumentException broken
          ? field + "/" + broken.getMessage()
          : at(field, "not accepted");
    }
    return at(field, rule(mapping));
  }

  private static String syntax(JsonProcessingException e, String field) {
    String reason = String.valueOf(e.getOriginalMessage());
    if (e instanceof InputCoercionException) {
      return at(field, "number out of range");
    }
    String fault =
        reason.startsWith("Duplicate field")
            ? "a field is there twice"
            : e instanceof StreamConstraintsException
                ? "JSON nested too deep, or with too long a number, text or name"
                : "not well-formed JSON";
    return e.getLocation() == null
        ? at(field, fault)
        : at(
            field,
            fault
                + ", line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr());
  }

  private static String rule(JsonMappingException e) {
    String reason = String.valueOf(e.getOriginalMessage());
    if (reason.startsWith("Missing ")) {
      return "is required";
    }
    if (reason.startsWith("Trailing token")) {
      return "more than one JSON value";
    }
    if (reason.startsWith("Null value") || reason.contains("`null`")) {
      return "must not be null";
    }
    if (reason.contains("out of range") || reason.contains("overflow")) {
      return "number out of range";
    }
    return e instanceof MismatchedInputException mismatch
        ? "must be " + kind(mismatch.getTargetType())
        : "wrong type";
  }

  private static String kind(@Nullable Class<?> type) {
    if (type == null) {
      return "of another type";
    }
    if (type == UUID.class) {
      return "a UUID";
    }
    if (type == String.class) {
      return "a string";
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "an integer in plain digits";
    }
    if (Temporal.class.isAssignableFrom(type)) {
      return "a time of RFC 3339";
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "an array";
    }
    return type.isRecord() ? "an object" : "of another type";
  }

  private static String at(String field, String fault) {
    return field.isEmpty() ? fault : field + ": " + fault;
  }

  private static String pointer(JsonMappingException e) {
    StringBuilder pointer = new StringBuilder();
    for (Reference step : e.getPath()) {
      pointer
          .append('/')
          .append(step.getFieldName() == null ? step.getIndex() : step.getFieldName());
    }
    return pointer.toString();
  }
}
