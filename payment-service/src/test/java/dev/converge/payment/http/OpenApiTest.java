package dev.converge.payment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the document at {@code /openapi.json} says what the API is. Method: its operations are
 * compared with the routes that are mounted, its examples with its own schemas.
 */
class OpenApiTest {
  /** What HttpApi adds to every service. */
  private static final List<String> COMMON =
      List.of(
          "GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /problems/{slug}");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectNode DOCUMENT = document();

  @Test
  void everyMountedRouteIsDocumentedAndNoOther() {
    assertThat(documented())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(COMMON.stream(), mounted().stream()).toList());
  }

  @Test
  void everyExampleFitsItsSchema() {
    List<JsonNode> contents = DOCUMENT.findValues("content");

    assertThat(contents).isNotEmpty();
    for (JsonNode content : contents) {
      for (JsonNode media : content) {
        List<JsonNode> examples = new ArrayList<>(media.findValues("value"));
        examples.addAll(media.has("example") ? List.of(media.get("example")) : List.of());

        assertThat(examples).as("examples of %s", media.get("schema")).isNotEmpty();
        for (JsonNode example : examples) {
          assertThat(faults(media.get("schema"), example)).as("%s", example).isEmpty();
        }
      }
    }
  }

  private static List<String> documented() {
    List<String> operations = new ArrayList<>();
    DOCUMENT
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    return operations;
  }

  private static List<String> mounted() {
    Vertx vertx = Vertx.vertx();
    try {
      Router router = Router.router(vertx);
      mount(router);
      return router.getRoutes().stream().flatMap(OpenApiTest::operations).toList();
    } finally {
      vertx.close().await();
    }
  }

  private static Stream<String> operations(Route route) {
    String path = route.getPath().replaceAll(":(\\w+)", "{$1}");
    return route.methods().stream().map(method -> method.name() + " " + path);
  }

  /** Routes that are never called need nothing behind them. */
  @SuppressWarnings("NullAway")
  private static void mount(Router router) {
    new PaymentRoutes(null, null).mount(router);
    new ProviderRoutes(null).mount(router);
  }

  private static Set<ValidationMessage> faults(JsonNode schema, JsonNode value) {
    // With the document's components around it, so that the schema's references lead somewhere.
    ObjectNode resolvable = JSON.createObjectNode();
    resolvable.set("components", DOCUMENT.get("components"));
    resolvable.putArray("allOf").add(schema);
    return JsonSchemaFactory.getInstance(VersionFlag.V202012)
        .getSchema(resolvable)
        .validate(
            value, validation -> validation.getExecutionConfig().setFormatAssertionsEnabled(true));
  }

  private static ObjectNode document() {
    String name = "/openapi/payment-service.json";
    try (InputStream found = OpenApiTest.class.getResourceAsStream(name)) {
      assertThat(found).as(name).isNotNull();
      return (ObjectNode) JSON.readTree(found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
