package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a service answers only for its own hosts. Method: requests as bytes to {@link
 * ThingsServer}.
 */
class RequestHostTest {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @ParameterizedTest
  @ValueSource(strings = {"/things", "/livez", "/readyz", "/metrics", "/openapi.json", "/nowhere"})
  void requiresOneValidHost(String target) throws IOException {
    for (String host : new String[] {"", "Host: a b", "Host: a\nHost: b"}) {
      isProblem(SERVER.send("GET " + target + " HTTP/1.1", host, ""), 400, "invalid-request");
    }
    assertThat(SERVER.send("GET /things HTTP/1.0", "", "")).startsWith("HTTP/1.0 200 ");
  }

  @Test
  void acceptsAHostInTheTarget() throws IOException {
    assertThat(SERVER.get("http://localhost/things?limit=1")).startsWith("HTTP/1.1 200 ");
    assertThat(SERVER.get("HTTP://127.0.0.1:80/things")).startsWith("HTTP/1.1 200 ");
    isProblem(SERVER.get("http://shop.example/things"), 421, "misdirected-request");
  }

  @Test
  void hostOfTheTargetReplacesTheHeader() throws IOException {
    String target = "http://localhost./things";
    assertThat(SERVER.send("GET " + target + " HTTP/1.1", "Host: evil.example", ""))
        .startsWith("HTTP/1.1 200 ");
    isProblem(
        SERVER.send("GET http://evil.example/things HTTP/1.1", "Host: localhost", ""),
        421,
        "misdirected-request");
    for (String host : new String[] {"", "Host: a b", "Host: localhost\nHost: localhost"}) {
      isProblem(SERVER.send("GET " + target + " HTTP/1.1", host, ""), 400, "invalid-request");
    }
    String act = "POST http://localhost:8080/things/x/act HTTP/1.1";
    assertThat(SERVER.send(act, "Host: evil.example\nOrigin: http://localhost:8080", ""))
        .startsWith("HTTP/1.1 202 ");
    isProblem(
        SERVER.send(act, "Host: evil.example\nOrigin: http://evil.example", ""),
        403,
        "cross-site-request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:1",
        "localhost:",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.9.8.7",
        "[::1]",
        "[::1]:99",
        "[0:0:0:0:0:0:0:1]",
        "localhost.",
        "LocalHost.:8080",
        "127.0.0.1.",
        "[0000:0000:0000:0000:0000:0000:0000:0001]:8080",
        "[::0.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::FFFF:7F00:1]:8080",
        "things-service",
        "things-service.",
        "Things.Example.:8443",
        "things-service:4",
        "things.example:8443"
      })
  void answersForItsOwnHosts(String host) throws IOException {
    assertThat(SERVER.send("GET /things HTTP/1.1", "Host: " + host, ""))
        .startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost..",
        ".localhost",
        "0.0.0.0",
        "192.168.0.1",
        "128.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "[::]",
        "[::2]",
        "[::ffff:10.0.0.1]",
        "things.example",
        "things.example:8444",
        "localhost%00"
      })
  void answersForNoOtherHostOnAnyPath(String host) throws IOException {
    for (String path :
        List.of("/things", "/livez", "/readyz", "/metrics", "/openapi.json", "/no")) {
      String answer = SERVER.send("GET " + path + " HTTP/1.1", "Host: " + host, "");
      isProblem(answer, 421, "misdirected-request");
      assertThat(answer).doesNotContain(host.toLowerCase(Locale.ROOT));
    }
    String headers = "Host: " + host + "\nContent-Type: application/json\nContent-Length: 12";
    isProblem(
        SERVER.send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}"),
        421,
        "misdirected-request");
    assertThat(SERVER.send("GET /things HTTP/1.0", "Host: " + host, ""))
        .startsWith("HTTP/1.0 421 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost/", "a@localhost", "localhost:x", "localhost:99999", "localhost:-1", "[::1",
        "::1", "[::g]", "[fe80::1%25eth0]", "localhost, localhost", "\"localhost\"", "<localhost>"
      })
  void refusesAnInvalidHost(String host) throws IOException {
    isProblem(SERVER.send("GET /things HTTP/1.1", "Host: " + host, ""), 400, "invalid-request");
    assertThat(SERVER.send("GET /things HTTP/1.0", "Host: " + host, ""))
        .startsWith("HTTP/1.0 400 ");
  }
}
