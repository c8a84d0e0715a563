package dev.converge.lab.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: every answer is counted and timed by its kind. Method: a server whose answers alternate
 * between success, shedding and failure.
 */
class OrderLoadTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private long posts;
  private long waits;

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void everyAnswerIsCountedAndTimedByItsKind() throws Exception {
    LoadResult result = run(new LoadPlan("step", 500, 0, 800, 0.5));

    assertThat(result.answers().orders().offered()).isEqualTo(400);
    assertThat(posts + waits).isEqualTo(400);
    long places = (posts + 3) / 4;
    long ends = waits - waits / 2;
    assertThat(result.answers().statuses())
        .isEqualTo(
            Map.of(
                201,
                ends,
                202,
                places + waits / 2,
                429,
                (posts + 2) / 4,
                500,
                posts / 4,
                503,
                (posts + 1) / 4));
    assertThat(result.answers().orders().accepted()).isEqualTo(places + waits);
    assertThat(result.answers().orders().waitsTimedOut()).isEqualTo(waits / 2);
    assertThat(result.times().completed().count()).isEqualTo(waits);
    assertThat(result.times().post().count()).isEqualTo(places);
    assertThat(result.times().refused().count()).isEqualTo((posts + 1) / 4 + (posts + 2) / 4);
    assertThat(result.answers().orders().shed())
        .as("refused with Retry-After")
        .isEqualTo((posts + 2) / 4);
    assertThat(result.answers().orders().failed())
        .isEqualTo(400 - result.answers().orders().accepted() - result.answers().orders().shed());
  }

  private LoadResult run(LoadPlan plan) throws Exception {
    int port =
        vertx
            .createHttpServer()
            .requestHandler(this::serve)
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS)
            .actualPort();
    return new OrderLoad(vertx, URI.create("http://127.0.0.1:" + port), 1)
        .run(plan)
        .await(60, TimeUnit.SECONDS);
  }

  private void serve(HttpServerRequest request) {
    if (request.getHeader("Prefer") != null) {
      request.response().setStatusCode(waits++ % 2 == 0 ? 201 : 202).end();
      return;
    }
    switch ((int) (posts++ % 4)) {
      case 0 -> request.response().setStatusCode(202).end();
      case 1 -> request.response().setStatusCode(429).putHeader("Retry-After", "1").end();
      case 2 -> request.response().setStatusCode(503).end();
      default -> request.response().setStatusCode(500).end();
    }
  }
}
