package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Goal: a worker that does not answer does not hide the connector. Method: fakes of workers. */
class ConnectApiTest {
  private final Vertx vertx = Vertx.vertx();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final HttpServer first = worker("first", 200);
  private final HttpServer second = worker("second", 200);

  private HttpServer worker(String name, int status) {
    return vertx
        .createHttpServer()
        .requestHandler(
            request -> {
              calls.add(name + " " + request.method() + " " + request.path());
              request
                  .response()
                  .setStatusCode(status)
                  .end("{\"connector\": {\"state\": \"RUNNING\"}, \"tasks\": []}");
            })
        .listen(0, "127.0.0.1")
        .await();
  }

  private ConnectApi api(HttpServer... workers) {
    List<URI> uris =
        List.of(workers).stream()
            .map(worker -> URI.create("http://127.0.0.1:" + worker.actualPort()))
            .toList();
    return new ConnectApi(vertx, uris, "order-outbox");
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void nextWorkerIsCalledIfOneDoesNotAnswer() {
    ConnectApi api = api(first, second);
    assertThat(api.state().await()).isInstanceOf(Connector.Registered.class);
    first.close().await();
    assertThat(api.state().await()).isInstanceOf(Connector.Registered.class);
    assertThat(api.register(new JsonObject()).await()).isTrue();
    assertThat(calls)
        .containsExactly(
            "first GET /connectors/order-outbox/status",
            "second GET /connectors/order-outbox/status",
            "second POST /connectors");
  }

  @Test
  void firstWorkerIsCalledAgainIfTheOtherEnds() {
    ConnectApi api = api(second, first);
    second.close().await();
    assertThat(api.state().await()).isInstanceOf(Connector.Registered.class);
    HttpServer again =
        vertx
            .createHttpServer()
            .requestHandler(request -> request.response().setStatusCode(404).end())
            .listen(second.actualPort(), "127.0.0.1")
            .await();
    assertThat(again.actualPort()).isEqualTo(second.actualPort());
    first.close().await();
    assertThat(api.state().await()).isInstanceOf(Connector.Absent.class);
  }

  @Test
  void errorIsAnAnswer() {
    ConnectApi api = api(worker("failing", 500), second);
    assertThat(api.state().await()).isEqualTo(new Connector.Unknown("it answers 500"));
    assertThat(calls).containsExactly("failing GET /connectors/order-outbox/status");
  }

  @Test
  void stateIsUnknownIfNoWorkerAnswers() {
    ConnectApi api = api(first, second);
    first.close().await();
    second.close().await();
    assertThat(api.state().await()).isInstanceOf(Connector.Unknown.class);
    assertThat(calls).isEmpty();
  }
}
