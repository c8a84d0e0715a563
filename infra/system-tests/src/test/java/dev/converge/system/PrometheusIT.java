package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: Prometheus reads the services and keeps their exemplars, and every panel has data. Method:
 * Debian's Prometheus, where it is installed, with the rules of the repository, before a platform
 * that completes orders.
 */
@Tag("campaign")
class PrometheusIT {
  private static final Path PROGRAM =
      Path.of(System.getenv().getOrDefault("PROMETHEUS", "/usr/bin/prometheus"));

  /** Of what may not have happened. */
  private static final Set<String> MAY_BE_EMPTY = Set.of("Requests that fail");

  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestPlatform platform;
  private static OrderApi api;
  private static Process prometheus;
  private static int port;

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(Files.isExecutable(PROGRAM), "no prometheus: apt-get install prometheus");
    platform = TestPlatform.shared();
    api = new OrderApi(platform);
    port = freePort();
    Path folder = Files.createTempDirectory("prometheus");
    Files.writeString(folder.resolve("prometheus.yml"), config());
    prometheus =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--enable-feature=exemplar-storage")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static String config() {
    String targets =
        Topology.serviceParts().stream()
            .map(part -> "'127.0.0.1:" + platform.platform().ports().of(part) + "'")
            .collect(Collectors.joining(", "));
    return """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ['%s']
        scrape_configs:
          - job_name: services
            static_configs: [{targets: [%s]}]
        """
        .formatted(
            Observability.FOLDER.resolve("prometheus/rules.yml").toAbsolutePath().normalize(),
            targets);
  }

  @AfterAll
  static void end() throws InterruptedException {
    if (prometheus != null) {
      prometheus.destroy();
      if (!prometheus.waitFor(10, TimeUnit.SECONDS)) {
        prometheus.destroyForcibly();
      }
    }
  }

  private static JsonNode ask(String path, String query) {
    String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
    URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/" + path + "query=" + encoded);
    try {
      HttpResponse<String> answer =
          CLIENT.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.ofString());
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      // It is starting.
      return JSON.createObjectNode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode found(String query) {
    return ask("query?", query.replace("$__rate_interval", "30s")).at("/data/result");
  }

  private static void completeOrders(int orders) {
    for (String orderId : api.place(orders)) {
      api.awaitEnd(orderId, Duration.ofSeconds(60));
    }
  }

  @Test
  void everyPanelHasData() {
    Awaitility.await("targets").atMost(WITHIN).until(() -> found("up == 1").size() == 3);
    completeOrders(5);
    for (JsonNode dashboard : Observability.panels().path("dashboards")) {
      for (JsonNode panel : dashboard.path("panels")) {
        String title = panel.path("title").asText();
        List<String> queries = panel.path("queries").findValuesAsText("expr");
        for (String query : queries) {
          completeOrders(1);
          Awaitility.await(title + ": " + query)
              .atMost(WITHIN)
              .until(() -> MAY_BE_EMPTY.contains(title) || !found(query).isEmpty());
        }
      }
    }
  }

  @Test
  void exemplarLeadsToTheTraceOfAnOrder() {
    Awaitility.await("targets").atMost(WITHIN).until(() -> found("up == 1").size() == 3);
    completeOrders(3);
    String since = Instant.now().minus(Duration.ofMinutes(5)).toString();
    String range = "query_exemplars?start=" + since + "&end=";
    String traceId =
        Awaitility.await("exemplar")
            .atMost(WITHIN)
            .until(
                () ->
                    ask(range + Instant.now() + "&", "orders_completion_seconds_bucket")
                        .at("/data/0/exemplars/0/labels/trace_id")
                        .asText(),
                id -> !id.isEmpty());

    assertThat(traceId).matches("[0-9a-f]{32}");
    Awaitility.await("trace")
        .atMost(WITHIN)
        .until(
            () -> api.send("GET", Part.ZIPKIN, "/api/v2/trace/" + traceId, null).status() == 200);
  }
}
