package dev.converge.service.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: an audit gets its answer although the server closes kept-alive connections. Method: a
 * server that closes them before it answers.
 */
class AuditClientTest {
  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger requests = new AtomicInteger();

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void requestOnAClosedConnectionIsRepeatedOnce() throws Exception {
    AuditClient client =
        clientOf(
            (request, number) -> {
              if (number % 2 == 0) {
                request.connection().close();
              } else {
                request.response().end("answer " + number);
              }
            });

    assertThat(answer(client)).isEqualTo("answer 1");
    assertThat(answer(client)).isEqualTo("answer 3");
  }

  @Test
  void serverThatAlwaysClosesGetsTwoRequests() throws Exception {
    AuditClient client = clientOf((request, number) -> request.connection().close());

    assertThatThrownBy(() -> answer(client)).hasMessageContaining("closed");
    assertThat(requests).hasValue(2);
  }

  private AuditClient clientOf(BiConsumer<HttpServerRequest, Integer> handler) throws Exception {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(request -> handler.accept(request, requests.getAndIncrement()))
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS);
    return new AuditClient(vertx, URI.create("http://127.0.0.1:" + server.actualPort()));
  }

  private static String answer(AuditClient client) throws Exception {
    return client.get("/orders/1").await(10, TimeUnit.SECONDS).body().toString();
  }
}
