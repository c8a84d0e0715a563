package dev.converge.service.http;

import static dev.converge.service.http.ThingsServer.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: requests and answers are JSON, and headers that ask for anything else are refused. Method:
 * requests as bytes to {@link ThingsServer}.
 */
class ContentNegotiationTest {
  @RegisterExtension static final ThingsServer SERVER = new ThingsServer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8",
        "multipart/form-data; boundary=x",
        "multipart/form-data"
      })
  void refusesAFormBeforeItIsParsed(String type) throws IOException {
    String headers = "Host: localhost\nContent-Type: " + type + "\nContent-Length: 5";
    isProblem(
        SERVER.send("POST /things HTTP/1.1", headers, "%zz=%"), 415, "unsupported-media-type");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                        | 200
          Application/*;q=0.1                     | 200
          text/html, */*;q=0.8                    | 200
          application/xml                         | 406
          application/problem+json                | 406
          */*, application/json;q=0               | 406
          application/json;q=0.000 , text/*       | 406
          """)
  void answersOnlyWhereAcceptIncludesJson(String accept, int status) throws IOException {
    String answer = SERVER.get("/things", "Accept: " + accept);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 406) {
      isProblem(answer, 406, "not-acceptable");
    }
    assertThat(SERVER.get("/livez", "Accept: " + accept)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                              | 201
          Application/JSON                              | 201
          application/json;                             | 201
          application/json ;                            | 201
          application/json;;                            | 201
          application/json; charset=utf-8               | 201
          application/json;charset=UTF-8;               | 201
          application/json; charset="utf-8"             | 201
          application/json; charset="ut\\f-8"           | 201
          application/json;foo=bar                      | 201
          application/json; foo="a;b, charset=latin1"   | 201
          application/json; charset=latin1              | 415
          application/json; charset=utf-8; charset=utf-16 | 415
          application/json; charset                     | 415
          application/json; charset=                    | 415
          application/json; charset =utf-8              | 415
          application/json; foo="bar                    | 415
          application/json; =bar                        | 415
          app lication/j son                            | 415
          application /json                             | 415
          application/ json                             | 415
          application/json, application/json            | 415
          application/json text/plain                   | 415
          application/jsonx                             | 415
          application/                                  | 415
          /json                                         | 415
          text/plain                                    | 415
          application/x-www-form-urlencoded             | 415
          multipart/form-data; boundary=x               | 415
          """)
  void parsesContentTypeByItsGrammar(String type, int status) throws IOException {
    String headers = "Host: localhost\nContent-Length: 12\nContent-Type: " + type;
    String answer = SERVER.send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 415) {
      isProblem(answer, 415, "unsupported-media-type");
      String without = "Host: localhost\nContent-Length: 0\nContent-Type: " + type;
      isProblem(
          SERVER.send("POST /things/x/act HTTP/1.1", without, ""), 415, "unsupported-media-type");
    }
  }

  @Test
  void refusesABodyWithoutATypeOnEveryRoute() throws IOException {
    for (String path : List.of("/things", "/things/x/act")) {
      String answer =
          SERVER.send("POST " + path + " HTTP/1.1", "Host: localhost\nContent-Length: 2", "{}");
      isProblem(answer, 415, "unsupported-media-type");
    }
    String packed =
        "Host: localhost\nContent-Type: application/json\nContent-Encoding: gzip\nContent-Length: 2";
    isProblem(
        SERVER.send("POST /things/x/act HTTP/1.1", packed, "{}"), 415, "unsupported-media-type");
    assertThat(SERVER.send("POST /things/x/act HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 202 ");
    assertThat(SERVER.send("POST /things/x/act HTTP/1.1", "Host: localhost\nContent-Length: 0", ""))
        .startsWith("HTTP/1.1 202 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text/html;x="a, application/json"       | 406
          text/html;x=",", application/json       | 200
          application/json;q=1.000                | 200
          application/json;q=2                    | 406
          application/json;q=-1                   | 406
          application/json;q=0.1234               | 406
          application/json;q=                     | 406
          application/json;q="0"                  | 406
          application/json;Q=0                    | 406
          application/json; charset=utf-8         | 200
          , ,application/json,                    | 200
          app lication/json                       | 406
          application/json;v=1;q=0, */*           | 200
          */json                                  | 406
          *                                       | 406
          ;                                       | 406
          """)
  void parsesAcceptByItsGrammar(String accept, int status) throws IOException {
    assertThat(SERVER.get("/things", "Accept: " + accept)).startsWith("HTTP/1.1 " + status + " ");
  }
}
