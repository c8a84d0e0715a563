package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.testkit.TestPlatform;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: with several nodes, orders complete while any one of them is down, and none is lost or
 * handled twice. Method: the embedded platform with two nodes of two services, three brokers and
 * two workers; each node is killed in turn and started again after the orders have completed.
 */
@OwnPlatform
@Tag("campaign")
class ScaleIT {
  private static final int ORDERS = 10;
  private static final Duration COMPLETED_WITHIN = Duration.ofSeconds(60);
  private static final Scale SCALE =
      Scale.SMALLEST
          .with(Role.ORDER_SERVICE, 2)
          .with(Role.INVENTORY_SERVICE, 2)
          .with(Role.KAFKA, 3)
          .with(Role.CONNECT, 2);

  private static TestPlatform test;
  private static Platform platform;
  private static OrderApi api;
  private static Convergence convergence;

  /** Order ids by idempotency key. */
  private static final Map<String, String> ACCEPTED = new HashMap<>();

  @BeforeAll
  static void up() {
    test = TestPlatform.create(Map.of(), SCALE);
    test.up();
    platform = test.platform();
    api = new OrderApi(test);
    convergence = new Convergence(test);
    api.setStock("espresso-beans", 100_000);
  }

  @AfterAll
  static void end() {
    test.close();
  }

  @Test
  void everyNodeTakesPart() {
    for (Part node : SCALE.nodes(Role.ORDER_SERVICE)) {
      awaitCompleted(place(List.of(node), ORDERS));
    }
    for (Part node : platform.parts()) {
      assertThat(platform.isReady(node)).as(node.id()).isTrue();
    }
    for (Role role : List.of(Role.ORDER_SERVICE, Role.INVENTORY_SERVICE)) {
      for (Part node : SCALE.nodes(role)) {
        assertThat(api.metric(node, "inbox_transaction_messages_sum"))
            .as("messages handled by " + node)
            .isPositive();
      }
    }
  }

  @Test
  void everyTopicHasThreeCopiesOfWhichTwoAcknowledge() throws Exception {
    awaitCompleted(place(SCALE.nodes(Role.ORDER_SERVICE), 1));
    try (Admin admin = admin()) {
      Collection<TopicDescription> topics = topics(admin);
      assertThat(topics.stream().map(TopicDescription::name))
          .contains("order.replies", "connect.offsets", "connect.configs", "__consumer_offsets");
      assertThat(topics)
          .allSatisfy(
              topic ->
                  assertThat(topic.partitions())
                      .as(topic.name())
                      .allMatch(partition -> partition.replicas().size() == 3));
      List<ConfigResource> names =
          topics.stream()
              .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.name()))
              .toList();
      admin
          .describeConfigs(names)
          .all()
          .get(30, TimeUnit.SECONDS)
          .forEach(
              (topic, config) ->
                  assertThat(config.get("min.insync.replicas").value())
                      .as(topic.name())
                      .isEqualTo("2"));
    }
  }

  @Test
  void ordersCompleteWhileAnyOneNodeIsDown() throws Exception {
    List<Part> victims = new ArrayList<>(SCALE.nodes(Role.KAFKA));
    victims.addAll(SCALE.nodes(Role.CONNECT));
    victims.addAll(SCALE.nodes(Role.ORDER_SERVICE));
    victims.addAll(SCALE.nodes(Role.INVENTORY_SERVICE));
    for (Part victim : victims) {
      List<Part> others =
          SCALE.nodes(Role.ORDER_SERVICE).stream().filter(node -> node != victim).toList();
      long begin = System.nanoTime();
      List<String> orderIds = new ArrayList<>(place(SCALE.nodes(Role.ORDER_SERVICE), ORDERS));
      platform.kill(victim);
      orderIds.addAll(place(others, ORDERS));
      awaitCompleted(orderIds);
      assertThat(platform.isRunning(victim)).as(victim.id()).isFalse();
      System.out.printf(
          "ScaleIT: %s killed; %d orders completed after %d ms%n",
          victim, orderIds.size(), Duration.ofNanos(System.nanoTime() - begin).toMillis());
      platform.start(victim);
      awaitAllCopies();
    }
    convergence.await(COMPLETED_WITHIN);
    convergence.assertHolds();
    convergence.assertNothingWasPublishedAgain();
    assertThat(convergence.strings("order", "SELECT order_id::text FROM orders"))
        .containsExactlyInAnyOrderElementsOf(ACCEPTED.values());
    assertThat(
            convergence.strings("payment", "SELECT order_id::text FROM payment ORDER BY order_id"))
        .containsExactlyInAnyOrderElementsOf(ACCEPTED.values());
  }

  /** Places orders at some nodes in turn, as behind a balancer: an unanswered one goes to both. */
  private static List<String> place(List<Part> nodes, int orders) {
    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < orders; i++) {
      String key = OrderApi.newKey();
      int first = i;
      int[] attempt = {0};
      Answer answer =
          Awaitility.await("order to be accepted")
              .atMost(COMPLETED_WITHIN)
              .pollInSameThread()
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(100))
              .ignoreException(UncheckedIOException.class)
              .until(
                  () -> post(nodes.get((first + attempt[0]++) % nodes.size()), key),
                  sent -> sent.status() == 202);
      String orderId = answer.body().path("orderId").asText();
      orderIds.add(orderId);
      ACCEPTED.put(key, orderId);
    }
    return orderIds;
  }

  private static Answer post(Part node, String key) {
    return api.send(
        "POST",
        node,
        "/orders",
        OrderApi.body("espresso-beans", 1, "tok_ok"),
        "Idempotency-Key",
        key);
  }

  private static void awaitCompleted(List<String> orderIds) {
    Set<String> wanted = new HashSet<>(orderIds);
    String list =
        wanted.stream().map(orderId -> "'" + orderId + "'").collect(Collectors.joining(","));
    Awaitility.await("orders to complete")
        .atMost(COMPLETED_WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () ->
                assertThat(
                        convergence.longs(
                            "order",
                            "SELECT status, count(*) FROM orders WHERE order_id IN ("
                                + list
                                + ") GROUP BY status"))
                    .isEqualTo(Map.of("COMPLETED", (long) wanted.size())));
  }

  /** Waits until every broker has a current copy of every partition. */
  private static void awaitAllCopies() {
    try (Admin admin = admin()) {
      Awaitility.await("copies")
          .atMost(COMPLETED_WITHIN)
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(
              () ->
                  assertThat(topics(admin))
                      .allSatisfy(
                          topic ->
                              assertThat(topic.partitions())
                                  .as(topic.name())
                                  .allMatch(partition -> partition.isr().size() == 3)));
    }
  }

  private static Collection<TopicDescription> topics(Admin admin) throws Exception {
    Set<String> names =
        admin
            .listTopics(new ListTopicsOptions().listInternal(true))
            .names()
            .get(30, TimeUnit.SECONDS);
    return admin.describeTopics(names).allTopicNames().get(30, TimeUnit.SECONDS).values();
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", platform.bootstrapServers()));
  }
}
