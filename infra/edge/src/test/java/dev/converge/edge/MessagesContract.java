package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.edge.FakeReplica.Mode;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages pass an edge unchanged, except for headers of the connection. */
interface MessagesContract extends EdgeSteps {
  @Test
  default void hostTraceAndOwnHeadersPassAndThoseOfTheConnectionDoNot() throws Exception {
    startEdge(STANDARD);
    String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    send(
        "GET",
        "/orders?sku=a%2Fb&x=",
        "Host: shop.example:8443\r\ntraceparent: "
            + trace
            + "\r\ntracestate: a=1,b=2\r\nPrefer: wait=10\r\nX-Forwarded-For: 203.0.113.9\r\n"
            + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"
            + "Forwarded: for=203.0.113.9;host=evil.example\r\nConnection: keep-alive\r\n"
            + "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"
            + "Proxy-Authorization: Basic eDp5\r\nTE: gzip\r\n");
    WireMessage request = onlyRequest();
    assertThat(request.startLine()).isEqualTo("GET /orders?sku=a%2Fb&x= HTTP/1.1");
    assertThat(request.header("host")).isEqualTo("shop.example:8443");
    assertThat(request.header("traceparent")).isEqualTo(trace);
    assertThat(request.header("tracestate")).isEqualTo("a=1,b=2");
    assertThat(request.header("prefer")).isEqualTo("wait=10");
    // Envoy appends an address of the machine for one of its loopback interface.
    assertThat(request.header("x-forwarded-for").replace(" ", ""))
        .matches("203\\.0\\.113\\.9,[0-9.]+");
    assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
    assertThat(request.header("via")).isEqualTo("1.1 converge-edge");
    assertThat(request.headers())
        .doesNotContainKeys(
            "forwarded",
            "x-forwarded-host",
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "te",
            "x-request-id");
    assertThat(request.headers().keySet()).noneMatch(name -> name.startsWith("x-envoy"));
  }

  @Test
  default void headersOfTheReplicasConnectionDoNotPass() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.HOP_BY_HOP));
    WireMessage answer = get("/");
    assertThat(answer.header("x-kept")).isEqualTo("yes");
    assertThat(answer.header("via")).isEqualTo("1.1 converge-edge");
    assertThat(answer.headers()).doesNotContainKeys("keep-alive", "proxy-connection");
    assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("x-envoy"));
  }

  @ParameterizedTest
  @CsvSource({"NO_CONTENT, GET, 204", "NOT_MODIFIED, GET, 304", "ANSWER, HEAD, 200"})
  default void answerWithoutABodyPasses(Mode mode, String method, int status) throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(mode));
    try (WireClient client = new WireClient(edge().port())) {
      for (int each = 0; each < 2; each++) { // on the same connection: no byte is left over
        client.write(method + " / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        WireMessage answer = client.read(method);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers()).doesNotContainKey("transfer-encoding");
      }
    }
  }

  @Test
  default void answerIsStreamed() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.STREAM));
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(client.readChunk()).isEqualTo("first");
      replicas().forEach(FakeReplica::release);
      assertThat(client.readChunk()).isEqualTo("second");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  default void bodyIsStreamed() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write(
          """
          POST /upload HTTP/1.1\r
          Host: 127.0.0.1\r
          Transfer-Encoding: chunked\r
          \r
          5\r
          first\r
          """);
      boolean began = false;
      for (FakeReplica replica : replicas()) {
        began |= replica.sawBodyBegin(Duration.ofSeconds(2));
      }
      assertThat(began).isTrue();
      client.write("6\r\nsecond\r\n0\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(200);
    }
    assertThat(onlyRequest().text()).isEqualTo("firstsecond");
  }

  @Test
  default void largeBodiesPassUnchanged() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.ECHO));
    byte[] body = new byte[8 << 20];
    new Random(7).nextBytes(body);
    WireMessage answer = WireClient.send(edge().port(), "POST", "/upload", "", body);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().equals(Buffer.buffer(body))).isTrue();
  }

  @Test
  default void continueIsAnsweredBeforeTheBodyIsSent() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write(
          """
          POST /orders HTTP/1.1\r
          Host: 127.0.0.1\r
          Idempotency-Key: k\r
          Content-Length: 2\r
          Expect: 100-continue\r
          \r
          """);
      assertThat(client.readHead().status()).isEqualTo(100);
      client.write("{}");
      assertThat(client.read("POST").status()).isEqualTo(200);
    }
    assertThat(onlyRequest().text()).isEqualTo("{}");
  }
}
