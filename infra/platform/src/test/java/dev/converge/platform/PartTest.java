package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: each part has one name, and the first node of a role the one without a number. */
class PartTest {
  @Test
  void withoutAScaleTheNamesAreThoseOfEarlierVersions() {
    assertThat(Scale.SMALLEST.nodes().stream().map(Part::id))
        .containsExactly(
            "order-db",
            "inventory-db",
            "payment-db",
            "kafka",
            "connect",
            "zipkin",
            "zookeeper-1",
            "zookeeper-2",
            "zookeeper-3",
            "inventory-service",
            "payment-service",
            "order-service");
  }

  @Test
  void everyPartIsFoundByItsName() {
    for (Part part : Part.all()) {
      assertThat(Part.of(part.id())).isSameAs(part);
      assertThat(Part.of(part.role(), part.ordinal())).isSameAs(part);
    }
    assertThat(Part.of("order-service")).isSameAs(Part.ORDER_SERVICE);
    assertThat(Part.of("order-service-4").ordinal()).isEqualTo(4);
    assertThat(Part.all().stream().map(Part::id)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "order",
        "ORDER_SERVICE",
        "order-service-0",
        "order-service-1",
        "order-service-5",
        "order-service-02",
        "order-service-",
        "kafka-4",
        "connect-4",
        "zookeeper",
        "order-db-4",
        " kafka"
      })
  void otherNamesAreRefusedWithTheValidOnes(String name) {
    assertThatThrownBy(() -> Part.of(name))
        .isInstanceOf(PlatformException.class)
        .hasMessageStartingWith("no such part: " + Visible.line(name) + " (expected: order-db, ")
        .hasMessageContaining("kafka, kafka-2, kafka-3, connect, connect-2, connect-3, zipkin");
  }

  @Test
  void columnOfNamesIsWideEnoughForTheLongest() {
    assertThat(Part.column("kafka", Scale.SMALLEST.nodes())).isEqualTo("kafka             ");
    assertThat(Part.column("kafka", List.of(Part.of("inventory-service-2"))))
        .hasSize("inventory-service-2".length());
  }

  @Test
  void nodesBelongToTheServiceAndTheDomainOfTheFirst() {
    for (String name : List.of("order-service", "order-service-3", "order-db")) {
      assertThat(Part.of(name).domain()).isEqualTo("order");
      assertThat(Topology.of(Part.of(name)).id()).isEqualTo("order-service");
    }
  }
}
