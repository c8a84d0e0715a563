package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: only requests whose end is unambiguous are read, and all others are refused. Method:
 * requests as bytes to {@link ThingsServer}.
 */
class StrictRequestDecoderTest {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @Test
  void refusesTwoLengths() throws IOException {
    String headers =
        """
        Host: localhost
        Content-Type: application/json
        Content-Length: 12
        Transfer-Encoding: chunked
        """;
    String body = "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n";
    isProblem(SERVER.send("POST /things HTTP/1.1", headers, body), 400, "invalid-request");

    String one = headers.replace("Content-Length: 12\n", "");
    assertThat(SERVER.send("POST /things HTTP/1.1", one, body)).startsWith("HTTP/1.1 201 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: +12",
        "Content-Length: 12, 12",
        "Content-Length: 12\nContent-Length: 12",
        "Content-Length: 0x0c",
        "Content-Length: -1",
        "Content-Length:",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding:\n chunked",
        "Transfer-Encoding : chunked"
      })
  void refusesAmbiguousLengths(String length) throws IOException {
    String headers = "Host: localhost\nContent-Type: application/json\n" + length;
    String answer =
        SERVER.send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}GET /things HTTP/1.1");
    isProblem(answer, 400, "invalid-request");
    assertThat(answer.split("HTTP/1.1 ", -1)).as("one answer").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {": x", "X Y: z", "X(: z", "X\u00e9: z", "X\u0000: z", "no colon", "X\t: z"})
  void refusesInvalidHeaderNames(String header) throws IOException {
    isProblem(SERVER.get("/things", header), 400, "invalid-request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "http/1.1", "ICAP/1.0"})
  void acceptsOnlyHttp11And10(String version) throws IOException {
    isProblem(SERVER.send("GET /things " + version, "Host: localhost", ""), 400, "invalid-request");
  }

  @Test
  void invalidChunksAreAnInvalidRequest() throws IOException {
    String head = "Host: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n";
    isProblem(SERVER.send("POST /things HTTP/1.1", head, "zz\r\n{}\r\n"), 400, "invalid-request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c zz",
        "\tc",
        " c",
        "c ",
        "c\t",
        "c ;a",
        "c; a",
        "0xc",
        "+c",
        "-c",
        "0c h",
        "c,c",
        "c\u000b",
        "c;",
        "c;a=",
        "c;a=\"b",
        "c;a=b c",
        "c;=b",
        "c;a=\"\u0001\"",
        ";a",
        "\"c\"",
        "\u00e9c",
        "0000000000000000c",
        "80000000c",
        "ffffffffffffffff"
      })
  void refusesAmbiguousChunkSizes(String size) throws IOException {
    isRefusedChunk(size + "\r\n{\"name\":\"a\"}\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0 zz\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n00 \r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX Y: z\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX : z\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: z\r\n folded\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nno colon\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: \u0001\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: z\n\r\n"
      })
  void refusesAmbiguousChunkEnds(String body) throws IOException {
    isRefusedChunk(body);
  }

  private static void isRefusedChunk(String body) throws IOException {
    String head = "Host: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n";
    String hidden = "GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String answer = SERVER.send("POST /things HTTP/1.1", head, body + hidden);
    isProblem(answer, 400, "invalid-request");
    assertThat(answer.split("HTTP/1.1 ", -1)).as("one answer").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "C\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "000c\r\n{\"name\":\"a\"}\r\n000\r\n\r\n",
        "5\r\n{\"nam\r\n7\r\ne\":\"a\"}\r\n0\r\n\r\n",
        "c;a\r\n{\"name\":\"a\"}\r\n0;b=c\r\n\r\n",
        "c;a=b;c=\"d; \\\"e\"\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX-Sum: 5 6\r\nY:\r\n\r\n"
      })
  void acceptsChunksByTheirGrammarAlsoByteByByte(String body) throws Exception {
    String head =
        """
        POST /things HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/json\r
        Transfer-Encoding: chunked\r
        """;
    String next = "GET /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String whole = head + "\r\n" + body + next;
    assertThat(SERVER.exchange(whole).split("HTTP/1.1 20[01] ", -1)).hasSize(3);
    assertThat(SERVER.exchangeByteByByte(whole).split("HTTP/1.1 20[01] ", -1)).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET  /things HTTP/1.1\r\n",
        "GET /things  HTTP/1.1\r\n",
        "GET\t/things HTTP/1.1\r\n",
        "GET /things\tHTTP/1.1\r\n",
        "GET /things\u000bHTTP/1.1\r\n",
        "GET\u000c/things HTTP/1.1\r\n",
        "GET\r/things HTTP/1.1\r\n",
        " GET /things HTTP/1.1\r\n",
        "\tGET /things HTTP/1.1\r\n",
        "\u0000GET /things HTTP/1.1\r\n",
        "\u0001\u0002GET /things HTTP/1.1\r\n",
        "\nGET /things HTTP/1.1\r\n",
        "\rGET /things HTTP/1.1\r\n",
        "GET /things HTTP/1.1 \r\n",
        "GET /things HTTP/1.1\t\r\n",
        "GET /things x HTTP/1.1\r\n",
        "GET /things HTTP/1.1\n",
        "GET /things\r\n",
        "GET /things HTTP/1.1\r\nX: a\r\n b\r\n",
        "GET /things HTTP/1.1\r\nX: a\r\n\tb\r\n",
        "GET /things HTTP/1.1\r\n X: a\r\n",
        "GET /things HTTP/1.1\r\nX: a\n",
        "GET /things HTTP/1.1\r\nX: a\u0001b\r\n",
        "GET /things HTTP/1.1\r\nX: a\u007fb\r\n",
        "GET /things HTTP/1.1\r\nX: a\rb\r\n",
        "GET /things HTTP/1.1\r\nSec-WebSocket-Key1: a\r\nSec-WebSocket-Key2: b\r\n"
      })
  void refusesAmbiguousHeads(String begin) throws IOException {
    isProblem(
        SERVER.exchange(begin + "Host: localhost\r\nConnection: close\r\n\r\n"),
        400,
        "invalid-request");
  }

  @Test
  void skipsEmptyLinesBeforeARequest() throws IOException {
    String request = "GET /things HTTP/1.1\r\nHost: localhost\r\n";
    assertThat(SERVER.exchange("\r\n\r\n" + request + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    String twice = request + "\r\n\r\n" + request + "Connection: close\r\n\r\n";
    assertThat(SERVER.exchange(twice).split("HTTP/1.1 200 ", -1)).hasSize(3);
  }

  @Test
  void ignoresAnUpgradeToHttp2() throws IOException {
    String upgrade =
        """
        Host: localhost
        Upgrade: h2c
        HTTP2-Settings: AAMAAABkAAQAAP__
        Connection: Upgrade, HTTP2-Settings
        """;
    assertThat(SERVER.send("GET /things HTTP/1.1", upgrade, "")).startsWith("HTTP/1.1 200 ");
  }
}
