package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import dev.converge.testkit.ContractResources;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/**
 * Goal: the stream is documented, so that other programs can read it. Method: every example, and
 * every event of a console that shows all kinds of them, meets the schema.
 */
class StreamContractTest {
  private static final ObjectNode DOCUMENT =
      ContractResources.document("openapi/console-stream.schema.json");
  private static final JsonSchema SCHEMA = ContractResources.compiled(DOCUMENT);

  private static Set<String> documented() {
    Set<String> names = new TreeSet<>();
    DOCUMENT.path("properties").properties().forEach(event -> names.add(event.getKey()));
    return names;
  }

  @Test
  void everyEventHasAnExampleThatMeetsItsSchema() {
    Set<String> names = new TreeSet<>();
    for (JsonNode example : DOCUMENT.path("examples")) {
      assertThat(ContractResources.faults(SCHEMA, example)).as("%s", example).isEmpty();
      example.properties().forEach(event -> names.add(event.getKey()));
    }
    assertThat(names).isEqualTo(documented());
  }

  @Test
  void everyEventOfAConsoleMeetsItsSchema() throws Exception {
    try (ConsoleServer console = new ConsoleServer()) {
      Events events = new Events();
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      CompletableFuture<HttpResponse<Void>> unused =
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(console.url() + "/api/stream")).build(),
              HttpResponse.BodyHandlers.fromLineSubscriber(events));
      await().until(() -> events.names().contains("parts"));

      console.platform.needAttention();
      console.platform.addCharging();
      console.topics.lag("payment.commands", 3);
      console.topics.append("payment.commands", "order", "x", "ChargePayment");
      write(client, console, "PUT", "/api/provider", "{\"behaviour\":\"FAIL\"}");
      write(
          client,
          console,
          "POST",
          "/api/series",
          "{\"kind\":\"completes\",\"count\":2,\"perSecond\":50}");
      write(
          client,
          console,
          "POST",
          "/api/jobs",
          "{\"action\":\"retry\",\"operator\":\"g\",\"reason\":\"r\",\"judgeAfterSeconds\":1,"
              + "\"sagas\":[{\"orderId\":\""
              + FakePlatform.STUCK_ORDER
              + "\"}]}");
      write(client, console, "POST", "/api/chaos", "{\"scope\":\"services\",\"seed\":7}");
      Set<String> expected = documented();
      // Only a slow reader gets it.
      expected.remove("gap");
      await().untilAsserted(() -> assertThat(events.names()).containsAll(expected));
      write(client, console, "POST", "/api/chaos/stop", "{}");

      for (JsonNode event : events.all()) {
        assertThat(ContractResources.faults(SCHEMA, event)).as("%s", event).isEmpty();
      }
    }
  }

  private static void write(
      HttpClient client, ConsoleServer console, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(console.url() + path))
                .header("X-Converge-Token", ConsoleServer.TOKEN)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isLessThan(300);
  }

  /** The events of a stream, each under its name. */
  private static final class Events implements Flow.Subscriber<String> {
    private final ConcurrentLinkedQueue<JsonNode> all = new ConcurrentLinkedQueue<>();
    private final Map<String, Boolean> names = new ConcurrentHashMap<>();
    private String name = "";

    Set<String> names() {
      return names.keySet();
    }

    List<JsonNode> all() {
      return new ArrayList<>(all);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      if (line.startsWith("event: ")) {
        name = line.substring("event: ".length());
      } else if (line.startsWith("data: ")) {
        all.add(
            ContractResources.tree("{\"" + name + "\":" + line.substring("data: ".length()) + "}"));
        names.put(name, true);
      }
    }

    @Override
    public void onError(Throwable failure) {
      // The console ends the stream when it stops.
    }

    @Override
    public void onComplete() {}
  }
}
