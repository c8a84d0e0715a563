package dev.converge.commitment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactJsonTest {
  private static JsonObject decode(String text) {
    return ExactJson.decode(Buffer.buffer(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\":288.0000000000000000000000000000000000001}",
        "{\"n\":0.1}",
        "{\"n\":9223372036854775808}",
        "{\"n\":-1,\"o\":{\"a\":[1,null,true,\"x\"]}}",
        "{}"
      })
  void objectIsDecodedWithoutLoss(String text) {
    assertThat(decode(text).encode()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{\"a\":1}{}",
        "{\"a\":1} x",
        "{\"a\":NaN}",
        "{\"a\":1,\"a\":1}",
        "{\"o\":{\"a\":1,\"a\":2}}"
      })
  void textThatIsNoSingleObjectIsRefused(String text) {
    assertThatThrownBy(() -> decode(text)).isInstanceOf(DecodeException.class);
  }
}
