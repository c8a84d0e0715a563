package dev.converge.console;

import static dev.converge.testkit.ConnectedDatabase.await;

import dev.converge.service.http.HttpConfig;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import dev.converge.service.runtime.Telemetry;
import dev.converge.testkit.EventLoop;
import io.vertx.core.Deployable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The console before services, processes and topics that a test controls. */
final class ConsoleServer implements AutoCloseable {
  static final String TOKEN = "0123456789abcdef0123456789abcdef";

  final EventLoop loop = new EventLoop();
  final FakePlatform platform = new FakePlatform(loop);
  final FakeProcesses processes = new FakeProcesses();
  final FakeTopics topics = new FakeTopics();
  final int port = freePort();
  final Path state = temporaryFolder();

  private final Telemetry telemetry = Telemetry.start("console", Map.of());
  private final List<String> deployed = new ArrayList<>();

  ConsoleServer() {
    start();
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("console-state");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a page as the lab does. */
  void writeReport(String lab, String file, String html) {
    try {
      Path folder = Files.createDirectories(state.resolve(lab + "-report"));
      Files.writeString(folder.resolve(file), html);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ConsoleConfig config() {
    URI address = platform.address();
    return new ConsoleConfig(
        new HttpConfig("127.0.0.1", port, List.of()),
        TOKEN,
        Map.of("order", address, "inventory", address, "payment", address),
        List.of(address),
        "127.0.0.1:1",
        "",
        "http://127.0.0.1:9411/zipkin/traces/{traceId}",
        FakeProcesses.PARTS.stream()
            .map(part -> new Target(part, address.resolve("/readyz")))
            .toList(),
        Optional.of(new ConsoleConfig.Folders(state, state)));
  }

  void start() {
    List<Deployable> parts =
        ConsoleMain.parts(
            new Foundation(loop.vertx(), telemetry),
            config(),
            Optional.of(processes),
            () -> topics);
    parts.forEach(part -> deployed.add(await(loop.vertx().deployVerticle(part))));
  }

  /** Stops the console; the services go on. */
  void stop() {
    for (int i = deployed.size() - 1; i >= 0; i--) {
      await(loop.vertx().undeploy(deployed.get(i)));
    }
    deployed.clear();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    stop();
    loop.close();
    telemetry.meters().close();
  }
}
