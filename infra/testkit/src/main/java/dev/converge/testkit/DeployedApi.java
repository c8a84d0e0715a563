package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Deployable;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** An HTTP API on a free port, and a client of it, for tests of routes. */
public final class DeployedApi {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(WITHIN).build();
  private final int port;

  /**
   * Deploys an API.
   *
   * @param api creates the server of a port
   */
  public DeployedApi(EventLoop loop, IntFunction<Deployable> api) {
    try (ServerSocket free = new ServerSocket(0)) {
      this.port = free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ConnectedDatabase.await(loop.vertx().deployVerticle(api.apply(port)));
  }

  /**
   * Sends a GET.
   *
   * @param headers names and values in turn
   */
  public HttpResponse<String> get(String target, String... headers) {
    HttpRequest.Builder request = request(target);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return answer(client.sendAsync(request.build(), BodyHandlers.ofString()));
  }

  public HttpResponse<String> put(String target, String body) {
    return answer(start("PUT", target, body));
  }

  /**
   * Sends a POST.
   *
   * @param headers names and values in turn
   */
  public HttpResponse<String> post(String target, String body, String... headers) {
    return answer(startPost(target, body, headers));
  }

  /** Sends a POST; does not wait for the answer. */
  public CompletableFuture<HttpResponse<String>> startPost(
      String target, String body, String... headers) {
    return start("POST", target, body, headers);
  }

  private CompletableFuture<HttpResponse<String>> start(
      String method, String target, String body, String... headers) {
    HttpRequest.Builder request =
        request(target)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.sendAsync(request.build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target)).timeout(WITHIN);
  }

  /** The answer to a request. */
  public static HttpResponse<String> answer(CompletableFuture<HttpResponse<String>> sent) {
    return sent.orTimeout(WITHIN.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Checks that an answer is a problem of this status and type. */
  public static void assertProblem(HttpResponse<String> answer, int status, String type) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("/problems/" + type);
  }
}
