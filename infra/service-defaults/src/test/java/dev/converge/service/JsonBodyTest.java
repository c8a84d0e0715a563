package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RequestBody;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a body is read as it is meant or refused by the name of its field. Method: bodies as bytes,
 * in a request that is faked down to its headers and its body.
 */
class JsonBodyTest {
  private record Body(String name, int number, @Nullable List<Inner> list) {}

  private record Inner(@Nullable Long count) {}

  private final MultiMap headers =
      MultiMap.caseInsensitiveMultiMap().add("Content-Type", "application/json");

  private static <T> T fake(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getHeader")) {
                return ((MultiMap) answers.getOrDefault("headers", MultiMap.class))
                    .get(String.valueOf(arguments[0]));
              }
              if (!answers.containsKey(method.getName())) {
                throw new UnsupportedOperationException(method.getName());
              }
              return answers.get(method.getName());
            }));
  }

  private Body read(byte[] bytes) {
    RequestBody body = fake(RequestBody.class, Map.of("buffer", Buffer.buffer(bytes)));
    HttpServerRequest request = fake(HttpServerRequest.class, Map.of("headers", headers));
    return JsonBody.read(
        fake(RoutingContext.class, Map.of("request", request, "body", body)), Body.class);
  }

  private Body read(String body) {
    return read(body.getBytes(StandardCharsets.UTF_8));
  }

  private Problem problem(byte[] body) {
    Problem problem = catchThrowableOfType(Problem.class, () -> assertThat(read(body)).isNull());
    assertThat(problem).isNotNull();
    return problem;
  }

  private void isProblem(ProblemType type, String body) {
    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)).type()).as(body).isEqualTo(type);
  }

  private void isInvalid(String pointer, String body) {
    Problem problem = problem(body.getBytes(StandardCharsets.UTF_8));
    assertThat(problem.type()).as(body).isEqualTo(ProblemType.INVALID_BODY);
    assertThat(problem.faults())
        .as(body)
        .singleElement()
        .satisfies(
            fault -> {
              assertThat(fault.pointer()).isEqualTo(pointer);
              assertThat(fault.detail()).doesNotContain("dev.converge");
            });
  }

  private void isInvalid(String pointer, String body, String detail) {
    isInvalid(pointer, body);
    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)).faults())
        .extracting(Problem.Fault::detail)
        .containsExactly(detail);
  }

  @Test
  void readsWhatIsMeant() {
    assertThat(read("{\"name\":\"\",\"number\":7}").name()).isEmpty();
    assertThat(read("{\"name\":\"é\",\"number\":7,\"list\":[{\"count\":1}]}"))
        .isEqualTo(new Body("é", 7, List.of(new Inner(1L))));
  }

  @Test
  void takesJsonInUtf8Only() {
    for (String fine :
        List.of("application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"")) {
      headers.set("Content-Type", fine);
      assertThat(read("{\"name\":\"a\",\"number\":7}").number()).isEqualTo(7);
    }
    for (String wrong : List.of("text/plain", "application/json; charset=latin1", "")) {
      headers.set("Content-Type", wrong);
      isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "{}");
    }
    headers.remove("Content-Type");
    isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "{}");
    headers.set("Content-Type", "application/json").set("Content-Encoding", "gzip");
    isProblem(ProblemType.UNSUPPORTED_MEDIA_TYPE, "{}");
  }

  @Test
  void refusesWhatIsNotWellFormed() {
    for (String wrong : List.of("{", "{]", "{\"name\":}", "{'name':'a'}", "{\"number\":007}")) {
      isProblem(ProblemType.MALFORMED_JSON, wrong);
    }
    assertThat(problem(new byte[] {'"', (byte) 0xff, '"'}).type())
        .isEqualTo(ProblemType.MALFORMED_JSON);
  }

  @Test
  void refusesWhatIsNoSingleObject() {
    for (String wrong : List.of("null", "[]", "7", "\"a\"")) {
      Problem problem = problem(wrong.getBytes(StandardCharsets.UTF_8));
      assertThat(problem.type()).as(wrong).isEqualTo(ProblemType.INVALID_BODY);
    }
  }

  @Test
  void namesTheFieldAtFault() {
    isInvalid("/number", "{\"name\":\"a\",\"number\":\"7\"}");
    isInvalid("/number", "{\"name\":\"a\",\"number\":7.5}");
    isInvalid("/number", "{\"name\":\"a\",\"number\":null}");
    isInvalid("/list/0/count", "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":\"\"}]}");
    isInvalid("/list/0/count", "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":\" \"}]}");
    isInvalid("/name", "{\"name\":7,\"number\":7}");
    isInvalid("/name", "{\"name\":true,\"number\":7}");
    isInvalid("/other", "{\"name\":\"a\",\"number\":7,\"other\":1}");
    isInvalid("/list/1/count", "{\"name\":\"a\",\"number\":7,\"list\":[{},{\"count\":\"x\"}]}");
    isInvalid("/a~1b~0", "{\"a/b~\":1,\"name\":\"a\",\"number\":7}");
  }

  @Test
  void refusesANumberOutOfRangeByItsField() {
    isInvalid("/number", "{\"name\":\"a\",\"number\":2147483648}");
    isInvalid(
        "/list/0/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":9223372036854775808}]}");
  }

  @Test
  void refusesANumberLongerThanItReadsByItsField() {
    String long35 = "9".repeat(35);
    isInvalid("/number", "{\"name\":\"a\",\"number\":" + long35 + "}", "number out of range");
    isInvalid(
        "/list/1/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{},{\"count\":-" + long35 + "}]}",
        "number out of range");
    isInvalid("/number", "{\"number\":" + long35 + ".5}", "number out of range");
  }

  @Test
  void refusesATextLongerThanItReadsByItsField() {
    String fits = "é".repeat(256);
    assertThat(read("{\"name\":\"" + fits + "\",\"number\":7}").name()).isEqualTo(fits);
    isInvalid("/name", "{\"name\":\"" + fits + "é\",\"number\":7}", "longer than 256 characters");
  }

  @Test
  void refusesAFieldThatComesTwiceByItsName() {
    isInvalid("/number", "{\"name\":\"a\",\"number\":7,\"number\":8}", "duplicate field");
    isInvalid(
        "/list/0/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":1,\"count\":1}]}",
        "duplicate field");
  }

  @Test
  void saysThatABodyIsRequired() {
    for (String empty : List.of("", " \n")) {
      isInvalid("", empty, "a body is required");
      assertThat(problem(empty.getBytes(StandardCharsets.UTF_8))).hasMessage("a body is required");
    }
  }

  @Test
  void saysWhatIsWrongWithTheMediaType() {
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    headers.set("Content-Encoding", "gzip");
    assertThat(problem(body)).hasMessage("Content-Encoding: gzip (expected: none)");
    headers.remove("Content-Encoding").set("Content-Type", "text/plain");
    assertThat(problem(body)).hasMessage("Content-Type: text/plain (expected: application/json)");
    headers.remove("Content-Type");
    assertThat(problem(body)).hasMessage("no Content-Type (expected: application/json)");
  }

  @Test
  void writesARecordAsItIsRead() {
    Body body = new Body("é", 7, List.of(new Inner(1L)));

    assertThat(read(JsonBody.write(body))).isEqualTo(body);
  }
}
