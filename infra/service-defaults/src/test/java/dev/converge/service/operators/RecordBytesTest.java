package dev.converge.service.operators;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: bytes are converted without loss. Method: text, other bytes, and null. */
class RecordBytesTest {
  private static JsonObject shown(byte... bytes) {
    return shown(Buffer.buffer(bytes));
  }

  private static JsonObject shown(@Nullable Buffer bytes) {
    JsonObject json = new JsonObject();
    RecordBytes.put(json, "key", bytes);
    return json;
  }

  @Test
  void textIsShownAsText() {
    assertThat(shown((byte) 0xc3, (byte) 0xa9, (byte) 0))
        .isEqualTo(new JsonObject().put("key", "é\0"));
    assertThat(shown()).isEqualTo(new JsonObject().put("key", ""));
  }

  @Test
  void otherBytesAreShownInBase64() {
    assertThat(shown((byte) 0xff, (byte) 0)).isEqualTo(new JsonObject().put("keyBase64", "/wA="));
    assertThat(shown((byte) 0xed, (byte) 0xa0, (byte) 0x80))
        .as("lone surrogate")
        .isEqualTo(new JsonObject().put("keyBase64", "7aCA"));
  }

  @Test
  void nullAddsNothing() {
    assertThat(shown((Buffer) null)).isEqualTo(new JsonObject());
  }
}
