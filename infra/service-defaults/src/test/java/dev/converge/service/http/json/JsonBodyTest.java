package dev.converge.service.http.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
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
 * Goal: a body is read correctly or refused with the names of its faulty fields. Method: bodies as
 * bytes, in a fake request that has only headers and a body.
 */
class JsonBodyTest {
  private record Body(String name, int number, @Nullable List<@Nullable Inner> list) {
    static Body read(BodyObject body) {
      BodyFaults faults = body.faults();
      String name = body.text("name");
      return new Body(
          name == null ? "" : name,
          faults.required("/number", body.int32("number"), 0),
          body.objects("list", Inner::read));
    }
  }

  private record Inner(@Nullable Long count) {
    static Inner read(BodyObject body) {
      return new Inner(body.int64("count"));
    }
  }

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
        fake(RoutingContext.class, Map.of("request", request, "body", body)), Body::read);
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
    isRefused(ProblemType.INVALID_BODY, pointer, body);
  }

  private void breaksARule(String pointer, String body, String detail) {
    isRefused(ProblemType.UNPROCESSABLE, pointer, body);
    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)).faults())
        .extracting(Problem.Fault::detail)
        .containsExactly(detail);
  }

  private void isRefused(ProblemType type, String pointer, String body) {
    Problem problem = problem(body.getBytes(StandardCharsets.UTF_8));
    assertThat(problem.type()).as(body).isEqualTo(type);
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
  void faultsOfManyLongNamesKeepTheAnswerWithinTheSizeOfABody() {
    String pairs = "\"aa\":0,".repeat(500);
    isProblem(
        ProblemType.MALFORMED_JSON, "{\"" + "k".repeat(49_000) + "\":{" + pairs + "\"bb\":0}}");

    StringBuilder deep = new StringBuilder();
    for (int level = 0; level < 12; level++) {
      deep.append("{\"").append("k".repeat(250)).append("\":");
    }
    StringBuilder names = new StringBuilder("{");
    for (int n = 0; n < 500; n++) {
      names.append("\"n").append(n).append("\":0,\"n").append(n).append("\":0,");
    }
    deep.append(names).append("\"end\":0}").append("}".repeat(12));
    Problem problem = problem(deep.toString().getBytes(StandardCharsets.UTF_8));
    int chars = problem.faults().stream().mapToInt(fault -> fault.pointer().length()).sum();
    assertThat(chars).isPositive().isLessThanOrEqualTo(BodyFaults.MOST_POINTER_CHARS);
  }

  @Test
  void readsAValidBody() {
    assertThat(read("{\"name\":\"\",\"number\":7}").name()).isEmpty();
    assertThat(read("{\"name\":\"é\",\"number\":7,\"list\":[{\"count\":1}]}"))
        .isEqualTo(new Body("é", 7, List.of(new Inner(1L))));
  }

  @Test
  void acceptsOnlyJsonInUtf8() {
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
  void refusesMalformedJson() {
    for (String wrong : List.of("{", "{]", "{\"name\":}", "{'name':'a'}", "{\"number\":007}")) {
      isProblem(ProblemType.MALFORMED_JSON, wrong);
    }
    assertThat(problem(new byte[] {'"', (byte) 0xff, '"'}).type())
        .isEqualTo(ProblemType.MALFORMED_JSON);
  }

  @Test
  void refusesAnythingButASingleObject() {
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
    breaksARule("/number", "{\"name\":\"a\",\"number\":2147483648}", "number out of range");
    breaksARule(
        "/list/0/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":9223372036854775808}]}",
        "number out of range");
  }

  @Test
  void refusesAVeryLongNumberByItsField() {
    String long35 = "9".repeat(35);
    breaksARule("/number", "{\"name\":\"a\",\"number\":" + long35 + "}", "number out of range");
    breaksARule(
        "/list/1/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{},{\"count\":-" + long35 + "}]}",
        "number out of range");
    isInvalid("/number", "{\"number\":" + long35 + ".5}", "must be an integer");
  }

  @Test
  void readsAnIntegerInEveryNotation() {
    for (String seven :
        List.of("7", "7.0", "7e0", "70E-1", "0.7e1", "7." + "0".repeat(60_000), "7e-0")) {
      assertThat(read("{\"name\":\"a\",\"number\":" + seven + "}").number()).isEqualTo(7);
    }
    assertThat(read("{\"name\":\"a\",\"number\":-0.0e999999999999}").number()).isZero();
    for (String none : List.of("7.5", "7e-1", "1e-999999999999", "7." + "0".repeat(60_000) + "1")) {
      isInvalid("/number", "{\"name\":\"a\",\"number\":" + none + "}", "must be an integer");
    }
    for (String large : List.of("7e9", "1e999999999", "-1e99999999999999", "2147483648.0")) {
      breaksARule("/number", "{\"number\":" + large + "}", "number out of range");
    }
  }

  @Test
  void reportsAllFaultsInOneAnswer() {
    String body =
        "{\"name\":7,\"number\":7.5,\"list\":[{\"count\":\"x\"},1,{\"a\":[{}]}],\"b\":1,\"b\":2}";

    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)).faults())
        .extracting(fault -> fault.pointer() + " " + fault.detail())
        .containsExactlyInAnyOrder(
            "/name must be a string",
            "/number must be an integer",
            "/list/0/count must be an integer",
            "/list/1 must be an object",
            "/list/2/a unknown field",
            "/b duplicate field");
  }

  @Test
  void structuralFaultDecidesTheStatusOfFaultsOfBothKinds() {
    String body = "{\"name\":\"" + "a".repeat(257) + "\",\"number\":\"7\"}";

    Problem problem = problem(body.getBytes(StandardCharsets.UTF_8));

    assertThat(problem.type()).isEqualTo(ProblemType.INVALID_BODY);
    assertThat(problem.faults())
        .extracting(Problem.Fault::pointer)
        .containsExactlyInAnyOrder("/name", "/number");
  }

  @Test
  void boundsTheNumberOfFaults() {
    String many = "{\"count\":\"x\"},".repeat(3_000);
    String body = "{\"number\":7,\"list\":[" + many + "{}]}";

    assertThat(problem(body.getBytes(StandardCharsets.UTF_8)).faults())
        .hasSize(Problem.MOST_FAULTS);
  }

  @Test
  void refusesATooLongTextByItsField() {
    String fits = "é".repeat(256);
    assertThat(read("{\"name\":\"" + fits + "\",\"number\":7}").name()).isEqualTo(fits);
    breaksARule("/name", "{\"name\":\"" + fits + "é\",\"number\":7}", "longer than 256 characters");
  }

  @Test
  void refusesADuplicateFieldByItsName() {
    isInvalid("/number", "{\"name\":\"a\",\"number\":7,\"number\":8}", "duplicate field");
    isInvalid(
        "/list/0/count",
        "{\"name\":\"a\",\"number\":7,\"list\":[{\"count\":1,\"count\":1}]}",
        "duplicate field");
  }

  @Test
  void requiresABody() {
    for (String empty : List.of("", " \n")) {
      isInvalid("", empty, "a body is required");
      assertThat(problem(empty.getBytes(StandardCharsets.UTF_8))).hasMessage("a body is required");
    }
  }

  @Test
  void describesAnUnsupportedMediaType() {
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
