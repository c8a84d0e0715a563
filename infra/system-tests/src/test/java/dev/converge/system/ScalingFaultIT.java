package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: instances join and leave under load, in order or killed, and nothing is lost or done twice.
 * Method: real processes on one platform; clients that go on all the time; the checker of the fault
 * lab afterwards.
 */
@OwnPlatform
@Tag("campaign")
class ScalingFaultIT {
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);
  private static final int CLIENTS = 2;
  private static final int BETWEEN_CHANGES = 100;

  /** A silent holder is noticed after ten seconds, and the lock is asked for every two. */
  private static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(30);

  private final TestPlatform own = TestPlatform.create(Map.of("AUDIT_EVERY", "PT2S"));
  private final Platform platform = own.platform();
  private final Convergence convergence = new Convergence(own);
  private final List<ServiceInstance> further = new ArrayList<>();

  @BeforeEach
  void start() {
    own.up();
  }

  @AfterEach
  void end() {
    further.forEach(ServiceInstance::kill);
    own.close();
  }

  private ServiceInstance another(Part part, String id) {
    ServiceInstance instance = ServiceInstance.beside(platform, part, id);
    further.add(instance);
    return instance;
  }

  private String firstUrl() {
    return platform.ports().url(Part.ORDER_SERVICE);
  }

  private void assertNothingIsLostOrDoubled(String what, SteadyOrders orders) throws Exception {
    orders.end();
    convergence.await(QUIET_WITHIN);
    convergence.assertHolds();
    convergence.assertSagasMatchOrders();
    convergence.assertNothingWasPublishedAgain();
    orders.assertEachIsThereOnce(convergence);
    System.out.println("ScalingFaultIT: " + what + ": " + orders);
  }

  @Test
  void instancesJoinAndLeaveUnderLoad() throws Exception {
    SteadyOrders orders = new SteadyOrders(CLIENTS, firstUrl());
    orders.awaitMore(BETWEEN_CHANGES);

    List<ServiceInstance> orderServices = new ArrayList<>();
    List<ServiceInstance> inventoryServices = new ArrayList<>();
    for (String number : List.of("2", "3")) {
      orderServices.add(another(Part.ORDER_SERVICE, "order-service-" + number).start());
      orders.add(orderServices.get(orderServices.size() - 1).url());
      inventoryServices.add(another(Part.INVENTORY_SERVICE, "inventory-service-" + number).start());
      orders.awaitMore(BETWEEN_CHANGES);
    }
    for (int gone = 0; gone < 2; gone++) {
      orders.remove(orderServices.get(gone).url());
      orderServices.get(gone).stop();
      inventoryServices.get(gone).stop();
      orders.awaitMore(BETWEEN_CHANGES);
    }

    assertNothingIsLostOrDoubled("1 to 3 to 1 instances", orders);
  }

  @Test
  void instancesAreRestartedOneAfterTheOtherUnderLoad() throws Exception {
    SteadyOrders orders = new SteadyOrders(CLIENTS, firstUrl());
    ServiceInstance orderService = another(Part.ORDER_SERVICE, "order-service-2").start();
    ServiceInstance inventoryService =
        another(Part.INVENTORY_SERVICE, "inventory-service-2").start();
    orders.add(orderService.url());
    orders.awaitMore(BETWEEN_CHANGES);

    for (Part first : Topology.serviceParts()) {
      platform.stop(first);
      platform.start(first);
      orders.awaitMore(BETWEEN_CHANGES);
    }
    for (ServiceInstance second : List.of(orderService, inventoryService)) {
      second.stop();
      second.start();
      orders.awaitMore(BETWEEN_CHANGES);
    }

    assertNothingIsLostOrDoubled("rolling restart", orders);
  }

  // PostgreSQL counts the calls of the job's function, whichever instance makes them.
  @Test
  void eachJobRunsInOneOfThreeInstancesAndAnotherTakesOverFromAKilledOne() throws Exception {
    platform.stop(Part.ORDER_SERVICE);
    convergence.update("order", "ALTER SYSTEM SET track_functions = 'pl'");
    assertThat(convergence.strings("order", "SELECT pg_reload_conf()::text"))
        .containsExactly("true");
    List<ServiceInstance> three = new ArrayList<>();
    for (String number : List.of("1", "2", "3")) {
      three.add(another(Part.ORDER_SERVICE, "order-service-of-three-" + number).start());
    }

    ServiceInstance holder = awaitHolder(three);
    Awaitility.await("maintenance")
        .atMost(TAKEN_OVER_WITHIN)
        .untilAsserted(() -> assertThat(calls("outbox_maintain")).isEqualTo(1));
    assertSameReports(three);

    holder.kill();
    List<ServiceInstance> two = three.stream().filter(one -> one != holder).toList();
    awaitHolder(two);
    Awaitility.await("maintenance by the next one")
        .atMost(TAKEN_OVER_WITHIN)
        .untilAsserted(() -> assertThat(calls("outbox_maintain")).isEqualTo(2));
    assertSameReports(two);
  }

  private long calls(String function) {
    return convergence
        .longs(
            "order",
            "SELECT funcname, sum(calls) FROM pg_stat_user_functions WHERE funcname = '"
                + function
                + "' GROUP BY funcname")
        .getOrDefault(function, 0L);
  }

  private ServiceInstance awaitHolder(List<ServiceInstance> instances) {
    Awaitility.await("one holder")
        .atMost(TAKEN_OVER_WITHIN)
        .until(() -> instances.stream().filter(ScalingFaultIT::runsJobs).count() == 1);
    return instances.stream().filter(ScalingFaultIT::runsJobs).findFirst().orElseThrow();
  }

  private static boolean runsJobs(ServiceInstance instance) {
    return OrderApi.metric(instance.url(), "jobs_holder") == 1;
  }

  // The connector is stopped, so there is something to report.
  private void assertSameReports(List<ServiceInstance> instances) {
    platform.stop(Part.CONNECT);
    Awaitility.await("same report")
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              for (ServiceInstance instance : instances) {
                assertThat(OrderApi.metric(instance.url(), "outbox_connector_running")).isZero();
              }
            });
    platform.start(Part.CONNECT);
    Awaitility.await("same report")
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              for (ServiceInstance instance : instances) {
                assertThat(OrderApi.metric(instance.url(), "outbox_connector_running"))
                    .isEqualTo(1);
              }
            });
  }
}
