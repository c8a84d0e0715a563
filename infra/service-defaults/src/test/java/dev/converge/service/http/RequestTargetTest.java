package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a resource has one address, and a target of any other form is refused. Method: requests as
 * bytes to {@link ThingsServer}.
 */
class RequestTargetTest {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things?limit=%zz", "/things?%%%", "/things/1?a=%", "/livez?%zz", "/readyz?%zz",
        "/metrics?%zz", "/openapi.json?%zz", "/problems/x?%zz", "/nowhere?%zz", "/things/%zz"
      })
  void refusesInvalidPercentEncoding(String target) throws IOException {
    isProblem(SERVER.get(target), 400, "invalid-request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things/",
        "/things?limit=1#x",
        "//things",
        "/things//",
        "//things//x/act",
        "/things//act",
        "/./things",
        "/things/.",
        "/things/..",
        "/things/%2e%2e",
        "/x/../things",
        "/x/%2E%2e/things",
        "/things/../things/x/act",
        "/%74hings",
        "/thing%73",
        "/things%2Fx",
        "/things%2fx/act",
        "/things/x%00",
        "/things/x%5C..",
        "/things/x\\..",
        "/things;a=b",
        "/things/x;a=b/act",
        "/things%3Ba=b",
        "/things/%20",
        "/things/caf%C3%A9",
        "/things/\u00e9",
        "/things#x",
        "/Things",
        "/THINGS/x/act",
        "/livez/",
        "//livez",
        "/%6civez",
        "/metrics;x",
        "/problems//not-found",
        "/",
        "//",
        "things",
        "localhost:80",
        "https://localhost/things",
        "ftp://localhost/things",
        "http:///things",
        "http://localhost",
        "http://localhost/",
        "http://localhost//things",
        "http://localhost?x=/things",
        "http://a@localhost/things"
      })
  void findsOnlyTheCanonicalFormOfAPath(String target) throws IOException {
    for (String method : new String[] {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}) {
      String answer = SERVER.send(method + " " + target + " HTTP/1.1", "Host: localhost", "");
      assertThat(answer).as(method).startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void refusesTunnels() throws IOException {
    String connect = SERVER.send("CONNECT localhost:8080 HTTP/1.1", "Host: localhost:8080", "");
    isProblem(connect, 405, "method-not-allowed");
    assertThat(connect).containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS, POST\r\n");
    isProblem(
        SERVER.send("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443", ""),
        421,
        "misdirected-request");
    for (String target : new String[] {"localhost", "localhost:", "localhost:0", "*", "a@b:1"}) {
      isProblem(
          SERVER.send("CONNECT " + target + " HTTP/1.1", "Host: localhost", ""),
          400,
          "invalid-request");
    }
  }

  @Test
  void optionsOfTheServerListTheMethodsOfAllPaths() throws IOException {
    assertThat(SERVER.send("OPTIONS * HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 204 ")
        .containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS, POST\r\n")
        .endsWith("\r\n\r\n");
    isProblem(
        SERVER.send("OPTIONS * HTTP/1.1", "Host: evil.example", ""), 421, "misdirected-request");
    for (String request : new String[] {"GET *", "POST *", "OPTIONS /*", "GET /*", "OPTIONS *?a"}) {
      isProblem(SERVER.send(request + " HTTP/1.1", "Host: localhost", ""), 404, "not-found");
    }
    assertThat(SERVER.get("/metrics"))
        .contains("method=\"OPTIONS\",route=\"*\"")
        .doesNotContain("route=\"/*\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          /things?limit=1         | none
          /things?                | none
          /things?other=1         | other
          /things?limit=1&other=2 | other
          /things?LIMIT=1         | LIMIT
          /things/1?limit=1       | limit
          /things?limit=1&limit=1 | limit
          """)
  void refusesUndocumentedQueryParameters(String target, @Nullable String unknown)
      throws IOException {
    String answer = SERVER.get(target);
    if (unknown == null) {
      assertThat(answer).startsWith("HTTP/1.1 200 ");
    } else {
      isProblem(answer, 400, "invalid-parameter");
      assertThat(answer).contains("\"pointer\":\"" + unknown + "\"");
    }
  }
}
