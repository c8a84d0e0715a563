package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.system.BadInput.Expected;
import dev.converge.system.RawHttp.RawAnswer;
import dev.converge.testkit.ContractResources;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Checks the answers to bad input: allowed, in the OpenAPI document, and without internals. */
final class BadInputAnswers {
  private static final Map<Part, ObjectNode> DOCUMENTS =
      Topology.serviceParts().stream()
          .collect(
              Collectors.toMap(
                  Function.identity(),
                  service -> ContractResources.document("openapi/" + service.id() + ".json")));
  private static final Map<Part, JsonSchema> PROBLEMS =
      Topology.serviceParts().stream()
          .collect(Collectors.toMap(Function.identity(), BadInputAnswers::problemSchema));

  /** Status codes for a request without an operation: no such path or method. */
  private static final Set<Integer> WITHOUT_OPERATION =
      Set.of(200, 400, 404, 405, 408, 413, 414, 415, 431, 501);

  private static final Pattern INSIDES =
      Pattern.compile(
          "Exception|dev\\.converge|io\\.vertx|io\\.netty|com\\.fasterxml|java\\.(lang|util|io)"
              + "|\\bat \\w+\\.|(?i:select .* from|insert into|pg_|sqlstate)");

  private BadInputAnswers() {}

  /** Checks the answers to one input. */
  static void check(BadInput input, List<RawAnswer> answers) {
    int least = input.mayBeCutOff() ? 0 : isSmuggling(input) ? 1 : input.answers();
    int most = isSmuggling(input) ? 1 : input.answers();
    assertThat(answers).hasSizeBetween(least, most);
    for (RawAnswer answer : answers) {
      assertThat(input.allows(answer.status())).as("status %d", answer.status()).isTrue();
      assertThat(documented(input)).as("documented").contains(answer.status());
      assertThat(answer.body() + answer.header("location")).doesNotContain(BadHeaders.FORGED_HOST);
      if (answer.status() >= 400 && !isHead(input)) {
        isProblem(input, answer);
      }
      if (answer.status() == 405) {
        assertThat(answer.header("allow")).isNotEmpty();
      }
    }
  }

  // One answer is due; a second would be the hidden request's.
  private static boolean isSmuggling(BadInput input) {
    return input.expected() == Expected.REFUSED_OR_CUT_OFF
        && !input.halfClose()
        && input.answers() == 2;
  }

  private static boolean isHead(BadInput input) {
    return input.latin1().startsWith("HEAD ");
  }

  private static Set<Integer> documented(BadInput input) {
    if (input.operation().isEmpty()) {
      return WITHOUT_OPERATION;
    }
    String[] operation = input.operation().split(" ", 2);
    Set<Integer> statuses = new HashSet<>();
    of(DOCUMENTS, input.service())
        .path("paths")
        .path(operation[1])
        .path(operation[0])
        .path("responses")
        .fieldNames()
        .forEachRemaining(status -> statuses.add(Integer.parseInt(status)));
    assertThat(statuses).as(input.operation()).isNotEmpty();
    return statuses;
  }

  private static void isProblem(BadInput input, RawAnswer answer) {
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    assertThat(of(PROBLEMS, input.service()).validate(ContractResources.tree(answer.body())))
        .isEmpty();
    assertThat(ContractResources.tree(answer.body()).path("status").asInt())
        .isEqualTo(answer.status());
    assertThat(answer.header("x-trace-id"))
        .isEqualTo(ContractResources.tree(answer.body()).path("traceId").asText())
        .hasSize(32);
    // The answer may repeat text of this kind only if the client sent it.
    String sent =
        URLDecoder.decode(
            input.latin1().replaceAll("%(?![0-9a-fA-F]{2})", "%25"), StandardCharsets.UTF_8);
    if (!INSIDES.matcher(sent).find()) {
      assertThat(answer.body()).doesNotContainPattern(INSIDES);
    }
  }

  private static <T> T of(Map<Part, T> byService, Part service) {
    return Objects.requireNonNull(byService.get(service), service::id);
  }

  private static JsonSchema problemSchema(Part service) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.set("components", of(DOCUMENTS, service).get("components"));
    schema.put("$ref", "#/components/schemas/Problem");
    return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(schema);
  }
}
