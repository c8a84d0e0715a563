package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.service.runtime.Env;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service gets its configuration from its environment. Method: handwritten environments.
 */
class ServiceConfigTest {
  @Test
  void serviceReadsItsConfigurationFromIt() {
    Env env = new Env(Map.of("HTTP_PORT", "9090", "PGDATABASE", "other", "INSTANCE_ID", "one"));

    ServiceConfig config = ServiceConfig.from(env, "inventory", 8082, "converge_inventory");

    assertThatCode(env::check).doesNotThrowAnyException();
    assertThat(config.http().port()).isEqualTo(9090);
    assertThat(config.database().login().database()).isEqualTo("other");
    assertThat(config.database().login().user()).isEqualTo("inventory_service");
    assertThat(config.messaging().connector().name()).isEqualTo("inventory-outbox");
    assertThat(config.messaging().consumer("inventory", "inventory.commands").kafka())
        .isEqualTo(Map.of("bootstrap.servers", "127.0.0.1:9092", "group.instance.id", "one"));
  }

  @Test
  void allowedHostsAreHosts() {
    Env env = new Env(Map.of("HTTP_ALLOWED_HOSTS", "shop.example, orders:8080,http://a"));

    assertThat(ServiceConfig.from(env, "order", 8080, "orders").http().allowedHosts())
        .contains("shop.example", "orders:8080");
    assertThatThrownBy(env::check).hasMessageContaining("HTTP_ALLOWED_HOSTS: http://a (expected:");
  }
}
