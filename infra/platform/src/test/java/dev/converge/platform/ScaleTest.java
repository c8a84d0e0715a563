package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every command knows the nodes, and a scale that does not fit the data or the running parts
 * is refused. Method: state folders as earlier commands, crashes and earlier versions leave them.
 */
class ScaleTest {
  private static final Scale LARGE =
      Scale.SMALLEST
          .with(Role.ORDER_SERVICE, 3)
          .with(Role.INVENTORY_SERVICE, 2)
          .with(Role.KAFKA, 3)
          .with(Role.CONNECT, 2);

  @TempDir private Path state;

  private Platform platform(Scale scale) {
    return new Platform(new Layout(state, state), Ports.free(), Map.of()).scaledTo(scale);
  }

  @Test
  void edgeRunsOnlyBeforeSeveralNodesOfAService() {
    assertThat(Scale.SMALLEST.nodes()).doesNotContain(Part.EDGE);
    assertThat(Scale.SMALLEST.with(Role.KAFKA, 3).nodes()).doesNotContain(Part.EDGE);
    assertThat(Scale.SMALLEST.with(Role.PAYMENT_SERVICE, 2).nodes()).contains(Part.EDGE);

    Platform smallest = platform(Scale.SMALLEST);
    assertThatThrownBy(() -> smallest.start(Part.EDGE))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("--scale SERVICE=N");
    assertThatThrownBy(() -> smallest.useEdgePolicy("random"))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("--scale SERVICE=N");
  }

  @Test
  void supervisorRunsOnlyWithStandbys() {
    assertThat(Scale.SMALLEST.nodes()).doesNotContain(Part.SUPERVISOR);
    assertThat(Scale.SMALLEST.with(Role.ORDER_DB, 2).nodes()).contains(Part.SUPERVISOR);
    assertThat(Scale.SMALLEST.withStandbys(2).nodes().stream().map(Part::id))
        .containsSubsequence("order-db", "order-db-2", "order-db-3", "inventory-db")
        .endsWith("supervisor");
    assertThat(Scale.SMALLEST.withStandbys(1).withStandbys(0)).isEqualTo(Scale.SMALLEST);
    assertThatThrownBy(() -> Scale.SMALLEST.withStandbys(3))
        .isInstanceOf(PlatformException.class)
        .hasMessage("3 standbys of each database (expected: 0, 1, 2)");
    assertThatThrownBy(() -> platform(Scale.SMALLEST).start(Part.SUPERVISOR))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("./converge up --standbys 1");
    assertThatThrownBy(() -> platform(Scale.SMALLEST).failover(Role.ORDER_DB))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("order-db has no standby");
  }

  @Test
  void policyOfTheEdgeIsStored() {
    assertThat(EdgePolicy.load(state)).isEqualTo("least-requests");
    platform(LARGE).useEdgePolicy("random");
    assertThat(EdgePolicy.load(state)).isEqualTo("random");
    assertThatThrownBy(() -> platform(LARGE).useEdgePolicy("best"))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("no such policy: best (expected: least-requests, round-robin");
    platform(LARGE).forget();
    assertThat(EdgePolicy.load(state)).isEqualTo("least-requests");
  }

  @ParameterizedTest
  @CsvSource({
    "ORDER_SERVICE, 0, '1, 2, 3, 4'",
    "PAYMENT_SERVICE, 5, '1, 2, 3, 4'",
    "KAFKA, 2, '1, 3'",
    "KAFKA, 5, '1, 3'",
    "CONNECT, 4, '1, 2, 3'",
    "CONNECT, -1, '1, 2, 3'"
  })
  void numberOutOfBoundsIsRefused(Role role, int number, String expected) {
    assertThatThrownBy(() -> Scale.SMALLEST.with(role, number))
        .isInstanceOf(PlatformException.class)
        .hasMessage(number + " nodes of " + role.id() + " (expected: " + expected + ")");
  }

  @ParameterizedTest
  @ValueSource(strings = {"order", "order-db", "kafka", "order-service-2", "", "ORDER_SERVICE"})
  void onlyServicesAreScaledByName(String name) {
    assertThat(Scale.service("order-service")).isEqualTo(Role.ORDER_SERVICE);
    assertThatThrownBy(() -> Scale.service(name))
        .hasMessageStartingWith("no such service: " + name + " (expected: ")
        .hasMessageContainingAll(
            Topology.SERVICES.stream().map(Topology.Service::id).toArray(String[]::new));
  }

  @Test
  void nodesAreInTheOrderOfTheirStart() {
    assertThat(LARGE.nodes().stream().map(Part::id))
        .containsSubsequence(
            "kafka",
            "kafka-2",
            "kafka-3",
            "connect",
            "connect-2",
            "inventory-service",
            "inventory-service-2",
            "order-service",
            "order-service-2",
            "order-service-3")
        .doesNotContain("connect-3", "inventory-service-3", "order-service-4");
  }

  @Test
  void savedScaleIsLoaded() {
    LARGE.save(state);
    assertThat(Scale.load(state)).isEqualTo(LARGE);
  }

  @Test
  void stateOfAnEarlierVersionHasOneNodeOfEach() throws IOException {
    Files.createDirectories(state.resolve("data/kafka"));
    assertThat(Scale.load(state)).isEqualTo(Scale.SMALLEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "order-service=9", "order-service=two\nkafka", "kafka=2", "\\u00zz"})
  void damagedNumbersBecomeTheSmallest(String text) throws IOException {
    Files.writeString(state.resolve("scale.properties"), "connect=2\n" + text);
    assertThat(Scale.load(state)).isEqualTo(Scale.SMALLEST.with(Role.CONNECT, 2));
  }

  @Test
  void brokersAreKnownByTheirDataIfTheFileIsLost() throws IOException {
    Files.createDirectories(state.resolve("data/kafka-2"));
    assertThat(Scale.load(state)).isEqualTo(Scale.SMALLEST.with(Role.KAFKA, 3));
  }

  @Test
  void runningNodesAreKnownIfTheFileIsLost() throws IOException {
    String mark =
        new ProcessMark("order-service-2", ProcessMark.stateOf(state), List.of(1)).javaArgument();
    Process node = new ProcessBuilder("bash", "-c", "sleep 60; true", mark).start();
    try {
      assertThat(Scale.load(state)).isEqualTo(Scale.SMALLEST.with(Role.ORDER_SERVICE, 2));
    } finally {
      node.descendants().forEach(ProcessHandle::destroyForcibly);
      node.destroyForcibly();
    }
  }

  @Test
  void numberOfBrokersStaysAsLongAsTheirData() throws IOException {
    LARGE.save(state);
    Scale others = LARGE.with(Role.KAFKA, 1);
    assertThatCode(() -> platform(others).requireUsableScale()).doesNotThrowAnyException();

    Files.createDirectories(state.resolve("data/kafka"));
    assertThatThrownBy(() -> platform(others).up((part, sinceBegin) -> {}))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("written with --brokers 3, which stays")
        .hasMessageContaining("./converge up --fresh --brokers 1");
    assertThat(Scale.load(state)).isEqualTo(LARGE);
    assertThatCode(() -> platform(LARGE.with(Role.ORDER_SERVICE, 1)).requireUsableScale())
        .doesNotThrowAnyException();
  }

  @Test
  void runningNodeIsNotLeftOut() throws IOException {
    LARGE.save(state);
    Path file =
        Files.createDirectories(new Layout(state, state).processes()).resolve("order-service-3");
    ProcessHandle self = ProcessHandle.current();
    long started = self.info().startInstant().orElseThrow().toEpochMilli();
    Files.writeString(file, self.pid() + " " + started);

    assertThatThrownBy(() -> platform(LARGE.with(Role.ORDER_SERVICE, 2)).requireUsableScale())
        .isInstanceOf(PlatformException.class)
        .hasMessage("still running: order-service-3; stop it first: ./converge down");
    assertThatCode(() -> platform(LARGE.with(Role.ORDER_SERVICE, 4)).requireUsableScale())
        .doesNotThrowAnyException();
  }

  @Test
  void nodeThatThePlatformDoesNotHaveIsNotStarted() {
    assertThatThrownBy(() -> platform(LARGE).start(Part.of("connect-3")))
        .isInstanceOf(PlatformException.class)
        .hasMessageStartingWith("connect-3 is not one of this platform's parts: order-db, ");
  }

  @Test
  void scaleIsForgottenWithTheData() {
    LARGE.save(state);
    platform(LARGE).forget();
    assertThat(Scale.load(state)).isEqualTo(Scale.SMALLEST);
  }
}
