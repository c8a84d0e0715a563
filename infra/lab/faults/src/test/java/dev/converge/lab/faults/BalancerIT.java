package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Ports;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Goal: clients see one service while one instance of it is there. Method: real sockets. */
class BalancerIT {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void requestsAreSharedOut() throws Exception {
    Balancer balancer = before(instance("a", answer(201)), instance("b", answer(201)));
    for (int each = 0; each < 4; each++) {
      assertThat(post(balancer, "key").statusCode()).isEqualTo(201);
    }
    assertThat(asked).containsExactly("a", "b", "a", "b");
  }

  @Test
  void requestsAndAnswersArePassedOnUnchanged() throws Exception {
    List<String> got = new ArrayList<>();
    HttpServer echo =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  got.add(request.method() + " " + request.uri());
                  got.add(request.getHeader("Idempotency-Key"));
                  request
                      .body()
                      .onSuccess(
                          body ->
                              request
                                  .response()
                                  .setStatusCode(202)
                                  .putHeader("Location", "/orders/1")
                                  .end(body));
                });
    HttpResponse<String> answer = post(before(listening(echo)), "key-1");
    assertThat(got).containsExactly("POST /orders?x=1", "key-1");
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body()).isEqualTo("{\"a\":1}");
    assertThat(answer.headers().firstValue("Location")).contains("/orders/1");
  }

  @Test
  void otherInstanceAnswersIfOneIsDown() throws Exception {
    Balancer balancer = before(Ports.free().of(Part.ORDER_SERVICE), two());
    for (int each = 0; each < 4; each++) {
      assertThat(post(balancer, "key").statusCode()).isEqualTo(201);
    }
    assertThat(asked).hasSize(4).containsOnly("b");
  }

  @Test
  void otherInstanceAnswersIfOneHangs() throws Exception {
    Balancer balancer = before(instance("a", BalancerIT::staySilent), two());
    assertThat(post(balancer, "key").statusCode()).isEqualTo(201);
    assertThat(asked).containsExactly("a", "b");
  }

  @Test
  void instanceThatDidNotAnswerIsSkipped() throws Exception {
    // For a second only, which may have passed before a slow machine repeats the request.
    for (int tries = 0; tries < 10 && !asked.equals(List.of("a", "b", "b", "b")); tries++) {
      asked.clear();
      Balancer balancer = before(instance("a", BalancerIT::staySilent), two());
      for (int each = 0; each < 3; each++) {
        post(balancer, "key");
      }
    }
    assertThat(asked).containsExactly("a", "b", "b", "b");
  }

  @Test
  void otherInstanceAnswersIfOneIsFull() throws Exception {
    Balancer balancer = before(instance("a", answer(503)), two());
    assertThat(post(balancer, "key").statusCode()).isEqualTo(201);
  }

  @Test
  void refusalIsAnAnswer() throws Exception {
    Balancer balancer = before(instance("a", answer(422)), two());
    assertThat(post(balancer, "key").statusCode()).isEqualTo(422);
    assertThat(asked).containsExactly("a");
  }

  @Test
  void requestsWithoutAKeyAreNotRetried() throws Exception {
    Balancer balancer = before(instance("a", HttpServerResponse::reset), two());
    assertThat(post(balancer, null).statusCode()).isEqualTo(502);
    assertThat(asked).containsExactly("a");
  }

  @Test
  void bodyOfUnknownLengthIsRefused() throws Exception {
    HttpRequest.BodyPublisher unknown =
        HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString("{}"));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(before(two()).url() + "/orders")).POST(unknown).build();
    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
    assertThat(asked).isEmpty();
  }

  private static void staySilent(HttpServerResponse response) {
    assertThat(response.ended()).isFalse();
  }

  private int two() throws Exception {
    return instance("b", answer(201));
  }

  private static Consumer<HttpServerResponse> answer(int status) {
    return response -> response.setStatusCode(status).end("{}");
  }

  private int instance(String name, Consumer<HttpServerResponse> answers) throws Exception {
    return listening(
        vertx
            .createHttpServer()
            .requestHandler(
                (HttpServerRequest request) -> {
                  asked.add(name);
                  answers.accept(request.response());
                }));
  }

  private static int listening(HttpServer server) throws Exception {
    return server.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
  }

  private Balancer before(Integer... ports) {
    return Balancer.before(vertx, List.of(ports));
  }

  private HttpResponse<String> post(Balancer balancer, @Nullable String key) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(balancer.url() + "/orders?x=1"))
            .POST(HttpRequest.BodyPublishers.ofString("{\"a\":1}"));
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
