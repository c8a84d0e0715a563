package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: a page of another site cannot write. Method: requests as bytes to {@link ThingsServer}. */
class CrossSiteWritesTest {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [::1]                   | http://[0:0:0:0:0:0:0:1]
          [0:0:0:0:0:0:0:1]:8080  | http://[::1]:8080
          [::ffff:127.0.0.1]:8080 | http://127.0.0.1:8080
          things.example.:8443    | http://THINGS.example:8443
          """)
  void comparesOriginAndHostInCanonicalForm(String host, String origin) throws IOException {
    String headers = "Host: " + host + "\nOrigin: " + origin;
    assertThat(SERVER.send("POST /things/x/act HTTP/1.1", headers, "")).startsWith("HTTP/1.1 202 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /things/x/act                      | things.example:8443 | https://things.example:8443 | 202
          /things/x/act                      | localhost           | https://localhost:443       | 202
          /things/x/act                      | localhost:80        | https://localhost           | 403
          /things/x/act                      | localhost:8080      | https://localhost           | 403
          /things/x/act                      | localhost:443       | http://localhost            | 403
          http://localhost/things/x/act      | localhost           | https://localhost           | 403
          http://localhost:8443/things/x/act | localhost:8443      | https://localhost:8443      | 403
          http://localhost/things/x/act      | localhost           | http://localhost            | 202
          """)
  void originMayBeHttpsUnlessTheTargetIsHttp(String target, String host, String origin, int status)
      throws IOException {
    String headers = "Host: " + host + "\nOrigin: " + origin;
    assertThat(SERVER.send("POST " + target + " HTTP/1.1", headers, ""))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Sec-Fetch-Site: cross-site            | 403
          Sec-Fetch-Site: same-site             | 403
          Sec-Fetch-Site: anything              | 403
          Sec-Fetch-Site: Same-Origin           | 403
          Sec-Fetch-Site: same-origin           | 202
          Sec-Fetch-Site: none                  | 202
          Origin: null                          | 403
          Origin: http://evil.example           | 403
          Origin: http://localhost:3000         | 403
          Origin: http://localhost.evil.example | 403
          Origin: http://localhost/             | 403
          Origin: http://localhost@evil.example | 403
          Origin: https://localhost             | 202
          Origin: file://                       | 403
          Origin: chrome-extension://localhost  | 403
          Origin: localhost                     | 403
          Origin: http://localhost http://evil.example | 403
          Origin: http://localhost              | 202
          Origin: http://LOCALHOST:80           | 202
          Origin: http://localhost.             | 202
          Origin: http://localhost..            | 403
          """)
  void refusesWritesOfPagesOfOtherSites(String header, int status) throws IOException {
    String answer = SERVER.send("POST /things/x/act HTTP/1.1", "Host: localhost\n" + header, "");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 403) {
      isProblem(answer, 403, "cross-site-request");
    }
    assertThat(SERVER.get("/things", header)).as("it may read").startsWith("HTTP/1.1 200 ");
  }

  @Test
  void refusesTwoOrigins() throws IOException {
    String headers = "Host: localhost\nOrigin: http://localhost\nOrigin: http://evil.example";
    isProblem(SERVER.send("POST /things/x/act HTTP/1.1", headers, ""), 403, "cross-site-request");
  }
}
