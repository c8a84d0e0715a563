package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: ports with which a part could not start are refused before anything is started or stored.
 * Method: ports by themselves, and a platform whose parts do not exist.
 */
class PortsTest {
  @TempDir private Path state;

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_536, 99_999})
  void portThatDoesNotExistIsRefused(int port) {
    assertThatThrownBy(() -> Ports.shifted(0).move(Part.ORDER_DB, port))
        .isInstanceOf(PlatformException.class)
        .hasMessage("port " + port + " of order-db is out of range (expected: 1 to 65535)");
  }

  @ParameterizedTest
  @ValueSource(ints = {99_999, -9_000, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void offsetThatLeadsOutOfRangeIsRefused(int offset) {
    assertThatThrownBy(() -> Ports.shifted(offset))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("is out of range");
  }

  @Test
  void twoPartsOnOnePortAreRefused() {
    Ports ports = Ports.shifted(0);
    ports.move(Part.ORDER_SERVICE, 9_999);
    ports.move(Part.PAYMENT_SERVICE, 9_999);
    assertThatThrownBy(() -> ports.requireDistinct(Scale.SMALLEST.nodes()))
        .isInstanceOf(PlatformException.class)
        .hasMessage("each part needs a port of its own: 9999 of payment-service and order-service");
  }

  @Test
  void kafkaControllerHasItsOwnPort() {
    Ports ports = Ports.shifted(0);
    ports.move(Part.CONNECT, 9_093);
    assertThatThrownBy(() -> ports.requireDistinct(Scale.SMALLEST.nodes()))
        .hasMessageContaining("connect and kafka-controller");
  }

  @Test
  void defaultPortsAndFreePortsAreDistinct() {
    assertThatCode(() -> Ports.shifted(0).requireDistinct(Part.all())).doesNotThrowAnyException();
    assertThatCode(() -> Ports.free().requireDistinct(Part.all())).doesNotThrowAnyException();
  }

  @Test
  void nodesOfARoleAreAHundredPortsApart() {
    Ports ports = Ports.shifted(1_000);
    assertThat(Part.all().stream().map(ports::of)).doesNotHaveDuplicates();
    assertThat(ports.url(Part.of("order-service-2"))).isEqualTo("http://127.0.0.1:9180");
    assertThat(ports.of(Part.of("connect-3"))).isEqualTo(9_283);
    assertThat(ports.controller(Part.of("kafka-3"))).isEqualTo(10_293);
    assertThat(ports.of(Part.of("zookeeper-2"))).isEqualTo(13_182);
  }

  @Test
  void partThatDoesNotRunMayHaveThePortOfAnother() {
    Ports ports = Ports.shifted(0);
    ports.move(Part.ORDER_SERVICE, 8_180);
    assertThatCode(() -> ports.requireDistinct(Scale.SMALLEST.nodes())).doesNotThrowAnyException();
    assertThatThrownBy(
            () -> ports.requireDistinct(Scale.SMALLEST.with(Role.ORDER_SERVICE, 2).nodes()))
        .hasMessageContaining("8180 of order-service and order-service-2");
  }

  @Test
  void fileOfAnEarlierVersionIsNotDamaged() {
    Properties remembered = new Properties();
    Scale.SMALLEST.nodes().stream()
        .filter(part -> !part.isZooKeeper())
        .flatMap(part -> Ports.listeners(part).stream())
        .forEach(name -> remembered.setProperty(name, "18083"));
    assertThat(Ports.lost(remembered, Ports.shifted(0).byName().keySet())).isEmpty();
  }

  @Test
  void savedPortsAreLoaded() {
    Ports ports = Ports.shifted(100);
    ports.move(Part.KAFKA, 19_092);
    ports.save(state);
    assertThat(Ports.load(state, 0).byName()).isEqualTo(ports.byName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"order-db=abc", "order-db=99999", "kafka-controller=0"})
  void damagedPortInTheFileBecomesTheDefaultAndTheOthersStay(String line) throws IOException {
    Files.writeString(state.resolve("ports.properties"), "connect=18083\n" + line);
    Ports expected = Ports.shifted(0);
    expected.move(Part.CONNECT, 18_083);
    assertThat(Ports.load(state, 0).byName()).isEqualTo(expected.byName());
  }

  @Test
  void namesThePortsThatADamagedFileHasLost() {
    Properties remembered = new Properties();
    remembered.setProperty("connect", "18083");
    remembered.setProperty("kafka", "99999");
    assertThat(Ports.lost(remembered, Set.of("connect", "kafka", "order-db")))
        .containsExactlyInAnyOrder("kafka", "order-db");
  }

  @Test
  void portsAreKnownIfTheirFileIsLostWhileThePlatformRuns() throws Exception {
    String mark =
        new ProcessMark("kafka", ProcessMark.stateOf(state), java.util.List.of(19_092, 19_093))
            .javaArgument();
    Process kafka = new ProcessBuilder("bash", "-c", "sleep 60; true", mark).start();
    try {
      Map<String, Integer> loaded = Ports.load(state, 0).byName();
      assertThat(loaded)
          .containsEntry("kafka", 19_092)
          .containsEntry("kafka-controller", 19_093)
          .containsEntry("order-db", 15_432);
    } finally {
      kafka.descendants().forEach(ProcessHandle::destroyForcibly);
      kafka.destroyForcibly();
    }
  }

  @Test
  void movedPortsAreRefusedWhileThePlatformRunsAndAreNotRemembered() throws IOException {
    Ports.free().save(state);
    Map<String, Integer> before = Ports.load(state, 0).byName();
    runsAsOrderService();
    Ports moved = Ports.load(state, 0);
    moved.move(Part.ORDER_SERVICE, Ports.free().of(Part.ORDER_SERVICE));
    Platform platform = new Platform(new Layout(state, state), moved, Map.of());

    assertThatThrownBy(() -> platform.up((part, sinceBegin) -> {}))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining(
            "order-service from "
                + before.get("order-service")
                + " to "
                + moved.of(Part.ORDER_SERVICE));
    assertThat(Ports.load(state, 0).byName()).isEqualTo(before);
  }

  @Test
  void allOccupiedPortsAreNamedTogetherAndNotRemembered() throws IOException {
    try (ServerSocket first = listen();
        ServerSocket second = listen()) {
      Ports ports = Ports.free();
      ports.move(Part.KAFKA, first.getLocalPort());
      ports.move(Part.ORDER_SERVICE, second.getLocalPort());
      Platform platform = new Platform(new Layout(state, state), ports, Map.of());

      assertThatThrownBy(() -> platform.up((part, sinceBegin) -> {}))
          .isInstanceOf(PlatformException.class)
          .hasMessageContaining("port " + first.getLocalPort() + " of kafka is taken by process ")
          .hasMessageContaining("port " + second.getLocalPort() + " of order-service is taken by ")
          .hasMessageContaining("--port kafka=PORT --port order-service=PORT");
      assertThat(state.resolve("ports.properties")).doesNotExist();
    }
  }

  // This process takes its part.
  private void runsAsOrderService() throws IOException {
    ProcessHandle self = ProcessHandle.current();
    Path file =
        Files.createDirectories(new Layout(state, state).processes()).resolve("order-service");
    long started = self.info().startInstant().orElseThrow().toEpochMilli();
    Files.writeString(file, self.pid() + " " + started);
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }
}
