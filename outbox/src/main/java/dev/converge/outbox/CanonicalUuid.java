package dev.converge.outbox;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;
import java.util.UUID;

/** Reads the 36 characters of RFC 9562. Jackson also accepts Base64, blanks and short groups. */
final class CanonicalUuid extends StdScalarDeserializer<UUID> {
  private static final long serialVersionUID = 1L;

  CanonicalUuid() {
    super(UUID.class);
  }

  @Override
  public UUID deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    if (!parser.hasToken(JsonToken.VALUE_STRING)) {
      return (UUID) context.handleUnexpectedToken(UUID.class, parser);
    }
    String text = parser.getText();
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    return (UUID) context.handleWeirdStringValue(UUID.class, text, "not a UUID");
  }
}
