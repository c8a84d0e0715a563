package dev.converge.platform;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** The process of the {@link Supervisor}; it reports its state over HTTP. */
final class SupervisorMain {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SupervisorMain() {}

  /** Arguments: the checkout, the state folder, the port of its API. */
  public static void main(String[] args) throws IOException {
    Layout layout = new Layout(Path.of(args[0]), Path.of(args[1]));
    Platform platform = new Platform(layout, Ports.load(layout.state(), 0), Map.of());
    Supervisor supervisor = platform.supervisor();
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2])), 16);
    answer(server, "/livez", "text/plain", () -> new Answer(200, "ok"));
    answer(
        server,
        "/readyz",
        "text/plain",
        () -> new Answer(supervisor.isReady() ? 200 : 503, "ready: " + supervisor.isReady()));
    answer(
        server,
        "/metrics",
        "text/plain; version=0.0.4",
        () -> new Answer(200, supervisor.metrics()));
    answer(
        server,
        "/databases",
        "application/json",
        () ->
            new Answer(
                200,
                json(
                    Map.of(
                        "protected", supervisor.allProtected(), "databases", supervisor.lines()))));
    server.setExecutor(
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "supervisor-http");
              thread.setDaemon(true);
              return thread;
            }));
    server.start();
    supervisor.run();
  }

  private record Answer(int status, String body) {}

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answer(HttpServer server, String path, String type, Supplier<Answer> answer) {
    server.createContext(path, exchange -> send(exchange, type, answer.get()));
  }

  private static void send(HttpExchange exchange, String type, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(answer.status(), body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
