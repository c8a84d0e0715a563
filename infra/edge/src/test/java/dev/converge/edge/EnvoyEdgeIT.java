package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;

/** The contract, kept by Envoy with the configuration of compose. */
class EnvoyEdgeIT extends EdgeContract {
  private static final Path ENVOY =
      Path.of(System.getProperty("converge.root", "../..")).resolve("infra/edge/envoy");
  private static final Path OUTPUT = Path.of("target/envoy-edge");

  private static String program = "";

  @BeforeAll
  static void findEnvoy() throws IOException, InterruptedException {
    program = EnvoyProgram.find();
    Files.createDirectories(OUTPUT);
  }

  @Override
  RunningEdge start(Settings settings, List<Integer> replicaPorts) throws Exception {
    int port = FreePorts.next();
    int managementPort = FreePorts.next();
    int adminPort = FreePorts.next();
    Path config = OUTPUT.resolve("envoy-" + port + ".yaml");
    Files.writeString(
        config, configuration(settings, replicaPorts, port, managementPort, adminPort));
    ProcessBuilder command = new ProcessBuilder("bash", ENVOY.resolve("run.sh").toString());
    command.environment().put("ENVOY", program);
    command.environment().put("ENVOY_CONFIG", config.toString());
    command.environment().put("ENVOY_ADMIN_PORT", Integer.toString(adminPort));
    command.environment().put("EDGE_POLICY", settings.policy().id());
    command.redirectErrorStream(true);
    command.redirectOutput(OUTPUT.resolve("envoy-" + port + ".log").toFile());
    return new Running(command.start(), port, managementPort);
  }

  /** The configuration of compose with other addresses, limits and times. */
  private static String configuration(
      Settings settings, List<Integer> replicaPorts, int port, int managementPort, int adminPort)
      throws IOException {
    String replicas =
        replicaPorts.stream()
            .map(EnvoyEdgeIT::endpoint)
            .collect(Collectors.joining("\n              "));
    String text = Files.readString(ENVOY.resolve("envoy.yaml"));
    text = replaced(text, "0.0.0.0", "127.0.0.1");
    text = replaced(text, "port_value: 8084", "port_value: " + port);
    text = replaced(text, "port_value: 8085", "port_value: " + FreePorts.next());
    text = replaced(text, "port_value: 8086", "port_value: " + FreePorts.next());
    text = replaced(text, "port_value: 8087", "port_value: " + managementPort);
    text = replaced(text, "port_value: 9901", "port_value: " + adminPort);
    text = replaced(text, endpoint("order-service", 8080), replicas);
    text = replaced(text, "address: inventory-service", "address: 127.0.0.1");
    text = replaced(text, "address: payment-service", "address: 127.0.0.1");
    long attempt = settings.attempt().toMillis();
    text = replaced(text, "per_try_timeout: 25s", "per_try_timeout: " + seconds(attempt));
    text = replaced(text, " timeout: 25s,", " timeout: " + seconds(attempt) + ",");
    text = replaced(text, " timeout: 30s,", " timeout: " + seconds(attempt + 5_000) + ",");
    for (String bound : List.of("max_connections", "max_pending_requests", "max_requests")) {
      text = replaced(text, bound + ": 1024", bound + ": " + settings.requests());
    }
    for (String interval : List.of("interval", "no_traffic_interval", "unhealthy_interval")) {
      text = replaced(text, " " + interval + ": 1s", " " + interval + ": 0.2s");
    }
    return text;
  }

  private static String endpoint(int port) {
    return endpoint("127.0.0.1", port);
  }

  private static String endpoint(String host, int port) {
    return "- endpoint: {address: {socket_address: {address: "
        + host
        + ", port_value: "
        + port
        + "}}}";
  }

  private static String seconds(long millis) {
    return millis / 1_000 + "." + String.format("%03d", millis % 1_000) + "s";
  }

  private static String replaced(String text, String part, String by) {
    assertThat(text).contains(part);
    return text.replace(part, by);
  }

  private static final class Running implements RunningEdge {
    private final Process process;
    private final int port;
    private final int managementPort;

    Running(Process process, int port, int managementPort) {
      this.process = process;
      this.port = port;
      this.managementPort = managementPort;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public int managementPort() {
      return managementPort;
    }

    @Override
    public void beginStop() {
      process.destroy();
    }

    @Override
    public void awaitStop() throws Exception {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    // Not by a stop, which would take its notice each time.
    @Override
    public void end() throws Exception {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      awaitStop();
    }
  }
}
