package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Goal: an objective is never without data because a metric or a label has another name. Method:
 * after one order, each that an expression reads is in a scrape of the services.
 */
@Order(3)
class ObjectivesIT {
  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);

  @Test
  void everyMetricOfAnObjectiveIsReported() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    List<String> scraped = new ArrayList<>();
    for (Part service : Topology.serviceParts()) {
      api.send("GET", service, "/metrics", null).raw().body().lines().forEach(scraped::add);
    }

    for (Objective objective : Objective.all()) {
      assertThat(objective.selected())
          .as(objective.id())
          .allSatisfy(selected -> assertThat(scraped).anyMatch(selected::isIn));
    }
  }
}
