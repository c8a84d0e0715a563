package dev.converge.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.OrderServiceConfig.Replica;
import dev.converge.service.runtime.Env;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: replicas are addresses, and there are none by default. */
class OrderServiceConfigTest {
  private static List<Replica> replicas(String value) {
    Env env = new Env(Map.of("READ_REPLICAS", value));
    List<Replica> replicas = OrderServiceConfig.from(env).replicas();
    env.check();
    return replicas;
  }

  @Test
  void replicasAreReadInTheirOrder() {
    assertThat(replicas("")).isEmpty();
    assertThat(replicas("127.0.0.1:15435, order-db-3.shop.example:5432"))
        .containsExactly(
            new Replica("127.0.0.1", 15_435), new Replica("order-db-3.shop.example", 5_432));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", ":5432", "a b:5432"})
  void otherTextIsNoAddress(String value) {
    assertThatThrownBy(() -> replicas(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("READ_REPLICAS")
        .hasMessageContaining("host:port");
  }
}
