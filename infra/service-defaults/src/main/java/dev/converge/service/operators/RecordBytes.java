package dev.converge.service.operators;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Converts the bytes of a record to JSON without loss. */
final class RecordBytes {
  private RecordBytes() {}

  /**
   * Adds bytes to an object: as text under the name if they are UTF-8, otherwise as base64 under
   * the name with the suffix {@code Base64}. Adds nothing for null.
   */
  static void put(JsonObject json, String name, @Nullable Buffer bytes) {
    if (bytes == null) {
      return;
    }
    byte[] given = bytes.getBytes();
    String text = text(given);
    if (text == null) {
      json.put(name + "Base64", Base64.getEncoder().encodeToString(given));
    } else {
      json.put(name, text);
    }
  }

  private static @Nullable String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notText) {
      // Then base64 is used.
      return null;
    }
  }
}
