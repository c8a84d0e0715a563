package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: only addresses that can be observed are accepted. Method: examples. */
class TargetTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "order-db=tcp://127.0.0.1:15432",
        "order-service=http://order-service:8080/readyz"
      })
  void addressIsAccepted(String text) {
    assertThat(Target.isValid(text)).isTrue();
    assertThat(text).isEqualTo(Target.parse(text).id() + "=" + Target.parse(text).probe());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "order-db",
        "=tcp://a:1",
        "order-db=tcp://a",
        "order-db=https://a:1",
        "Order=tcp://a:1",
        "order-db=tcp://a b:1"
      })
  void otherTextIsRefused(String text) {
    assertThat(Target.isValid(text)).isFalse();
  }
}
