package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.header;
import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every request is answered as HTTP demands, and no fault of a client becomes a fault of the
 * service. Method: requests as bytes to {@link ThingsServer}.
 */
class HttpApiIT {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ntraceparent: "
            + "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      })
  void invalidTraceparentIsReplaced(String traceparent) throws IOException {
    String trace = header(SERVER.get("/things", "traceparent: " + traceparent), "x-trace-id");

    assertThat(trace)
        .matches("[0-9a-f]{32}")
        .isNotIn("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32));
  }

  @Test
  void continuesATraceOfALaterVersion() throws IOException {
    String rest = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (String traceparent : List.of("00" + rest, "cc" + rest + "-what-comes-later")) {
      assertThat(header(SERVER.get("/things", "traceparent: " + traceparent), "x-trace-id"))
          .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    }
  }

  @Test
  void unknownMethodCreatesNoMeter() throws IOException {
    isProblem(
        SERVER.send("MADE-UP /things HTTP/1.1", "Host: localhost", ""), 501, "method-unknown");
    assertThat(SERVER.get("/metrics")).contains("method=\"_OTHER\"").doesNotContain("MADE-UP");
  }

  @Test
  void everyRouteHasOneNameInTheMetricsAndUnknownPathsShareOne() throws IOException {
    assertThat(SERVER.get("/things/x")).startsWith("HTTP/1.1 404 ");
    assertThat(SERVER.send("DELETE /things/x HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 405 ");
    assertThat(SERVER.get("/nowhere")).startsWith("HTTP/1.1 404 ");
    assertThat(SERVER.get("/nowhere/else")).startsWith("HTTP/1.1 404 ");
    String metrics = SERVER.get("/metrics");
    assertThat(metrics)
        .contains("method=\"DELETE\",route=\"/things/{thing}\"", "route=\"_OTHER\"")
        .doesNotContain("route=\"\"", "nowhere");
  }

  @Test
  void durationsHaveBucketsAndInOpenMetricsTheTraceOfARequest() throws IOException {
    String traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assertThat(SERVER.get("/things", "traceparent: " + traceparent)).startsWith("HTTP/1.1 200 ");

    String bucket = "http_server_request_duration_seconds_bucket{";
    String text = SERVER.get("/metrics");
    assertThat(header(text, "content-type")).startsWith("text/plain; version=0.0.4");
    assertThat(text)
        .contains(bucket, "le=\"0.25\"", "http_server_request_duration_seconds_max{")
        .doesNotContain("# {", "# EOF");
    String open =
        SERVER.get(
            "/metrics",
            "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.4");
    assertThat(header(open, "content-type")).startsWith("application/openmetrics-text");
    assertThat(open).contains(bucket, " # {span_id=\"", "trace_id=\"", "# EOF");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things",
        "/things/x",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/problems/not-found"
      })
  void headIsAnsweredAsGetWithoutTheBody(String path) throws IOException {
    String head = SERVER.send("HEAD " + path + " HTTP/1.1", "Host: localhost", "");
    String whole = SERVER.get(path);
    int end = whole.indexOf("\r\n\r\n") + 4;
    assertThat(head).endsWith("\r\n\r\n");
    assertThat(withoutVaryingHeaders(head))
        .isEqualTo(withoutVaryingHeaders(whole.substring(0, end)));
    int length = whole.substring(end).getBytes(StandardCharsets.UTF_8).length;
    if (!path.equals("/metrics")) {
      assertThat(head).contains("content-length: " + length + "\r\n");
    }
  }

  private static List<String> withoutVaryingHeaders(String head) {
    return head.lines()
        .filter(line -> !line.matches("(?i)(x-trace-id|date): .*"))
        .map(line -> line.replaceAll("(content-length: )\\d+$", "$1n"))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /things       | GET, HEAD, OPTIONS, POST
          /things/x     | GET, HEAD, OPTIONS
          /things/x/act | OPTIONS, POST
          /livez        | GET, HEAD, OPTIONS
          /metrics      | GET, HEAD, OPTIONS
          """)
  void optionsAndARefusedMethodListTheMethodsOfAPath(String path, String allowed)
      throws IOException {
    String options = SERVER.send("OPTIONS " + path + " HTTP/1.1", "Host: localhost", "");
    assertThat(options)
        .startsWith("HTTP/1.1 204 ")
        .containsIgnoringCase("\r\nallow: " + allowed + "\r\n")
        .doesNotContainIgnoringCase("\r\ncontent-length", "\r\ncontent-type")
        .endsWith("\r\n\r\n");
    String refused = SERVER.send("PATCH " + path + " HTTP/1.1", "Host: localhost", "");
    isProblem(refused, 405, "method-not-allowed");
    assertThat(refused).containsIgnoringCase("\r\nallow: " + allowed + "\r\n");
  }

  @Test
  void findsCloseAmongTheOptionsOfConnection() throws IOException {
    assertThat(
            SERVER.exchange(
                "GET /things HTTP/1.1\r\nHost: localhost\r\nConnection: x, Close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .containsIgnoringCase("\r\nconnection: close\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /things HTTP/1.1\r\nHost: localhost\r\n",
        "HEAD /things HTTP/1.1\r\nHost: localhost\r\n",
        "OPTIONS /things HTTP/1.1\r\nHost: localhost\r\n",
        "POST /things/x/act HTTP/1.1\r\nHost: localhost\r\n",
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n",
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\n",
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n",
        "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n",
        "GET /problems/not-found HTTP/1.1\r\nHost: localhost\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n",
        "GET * HTTP/1.1\r\nHost: localhost\r\n",
        "GET ? HTTP/1.1\r\nHost: localhost\r\n",
        "GET /things HTTP/1.1\r\nHost: evil.example\r\n",
        "GET /things HTTP/1.1\r\n",
        "DELETE /things HTTP/1.1\r\nHost: localhost\r\n",
        "BREW /things HTTP/1.1\r\nHost: localhost\r\n",
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n",
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n",
        "GET /things HTTP/3.0\r\n",
        "no request\r\n"
      })
  void everyAnswerHasADateAndForbidsSniffing(String head) throws IOException {
    String answer = SERVER.exchange(head + "Connection: close\r\n\r\n");
    assertThat(answer)
        .containsPattern(
            "\r\n(?i:date): (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n")
        .containsIgnoringCase("\r\nx-content-type-options: nosniff\r\n");
    if (!answer.startsWith("HTTP/1.1 204 ")) {
      assertThat(answer)
          .containsPattern(
              answer.startsWith("HTTP/1.1 2")
                  ? "\r\n(?i:content-type): (application/json|text/plain; version=0.0.4; charset=utf-8)\r\n"
                  : "\r\n(?i:content-type): application/problem\\+json\r\n");
    }
  }

  @Test
  void reasonOfNotReadyShowsNoInternals() throws IOException {
    SERVER.setReady(
        Future.failedFuture(new ConnectException("Connection refused: db.internal/10.1.2.3:5432")));
    try {
      assertThat(SERVER.get("/readyz"))
          .startsWith("HTTP/1.1 503 ")
          .endsWith("{\"status\":\"DOWN\",\"reason\":\"database: not available\"}");
      SERVER.setReady(
          Future.failedFuture(VertxException.noStackTrace("Timeout waiting for connection")));
      assertThat(SERVER.get("/readyz")).endsWith("\"reason\":\"database: no connection in time\"}");
    } finally {
      SERVER.setReady(Future.succeededFuture());
    }
  }

  @Test
  void hangingDatabaseIsUnavailableAndTheServiceNotReady() throws IOException {
    String hung = SERVER.get("/things/hung");
    isProblem(hung, 503, "unavailable");
    assertThat(hung).containsIgnoringCase("retry-after: ");

    SERVER.setReady(Promise.<Void>promise().future());
    try {
      assertThat(SERVER.get("/readyz"))
          .startsWith("HTTP/1.1 503 ")
          .containsIgnoringCase("retry-after: ")
          .contains("database: does not answer");
    } finally {
      SERVER.setReady(Future.succeededFuture());
    }
  }
}
