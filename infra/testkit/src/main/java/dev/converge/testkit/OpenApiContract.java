package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The contract of every service's {@code /openapi.json}: it describes the whole API, and no more.
 */
public interface OpenApiContract {
  /** The routes of every service. */
  List<String> COMMON =
      List.of(
          "GET /livez",
          "GET /readyz",
          "GET /metrics",
          "GET /audit",
          "GET /openapi.json",
          "GET /problems/{slug}");

  /** The document. */
  ObjectNode document();

  /** Mounts the service's own routes. */
  void mount(Router router);

  @Test
  default void everyMountedRouteIsDocumentedAndNoOther() {
    List<String> documented = new ArrayList<>();
    document()
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));

    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(COMMON.stream(), mounted().stream()).toList());
  }

  /** The operations of the mounted routes, such as {@code GET /orders/{orderId}}. */
  private List<String> mounted() {
    Vertx vertx = Vertx.vertx();
    try {
      Router router = Router.router(vertx);
      mount(router);
      return router.getRoutes().stream().flatMap(OpenApiContract::operations).toList();
    } finally {
      vertx.close().await();
    }
  }

  private static Stream<String> operations(Route route) {
    String path = route.getPath().replaceAll(":(\\w+)", "{$1}");
    return route.methods().stream().map(method -> method.name() + " " + path);
  }

  @Test
  default void everyExampleFitsItsSchema() {
    List<JsonNode> contents = document().findValues("content");

    assertThat(contents).isNotEmpty();
    for (JsonNode content : contents) {
      for (JsonNode media : content) {
        List<JsonNode> examples = new ArrayList<>();
        media.path("examples").forEach(named -> examples.add(named.path("value")));
        examples.addAll(media.has("example") ? List.of(media.get("example")) : List.of());

        assertThat(examples).as("examples of %s", media.get("schema")).isNotEmpty();
        for (JsonNode example : examples) {
          assertThat(faults(media.get("schema"), example)).as("%s", example).isEmpty();
        }
      }
    }
  }

  @Test
  default void everyOperationDocumentsOverloadAndUnavailability() {
    document()
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation ->
                            assertThat(operation.getValue().path("responses").has("503"))
                                .as("503 of %s %s", operation.getKey(), path.getKey())
                                .isTrue()));
  }

  /**
   * Goal: a body is accepted if and only if the document calls it valid. Method: the operation's
   * example, changed at random.
   *
   * @param operation JSON Pointer to the operation
   * @param accepts whether the server takes a text as the body
   * @param beyond whether a body breaks a rule that the document has in words only
   */
  static void acceptsABodyIfAndOnlyIfItFits(
      ObjectNode document,
      String operation,
      Predicate<String> accepts,
      Predicate<JsonNode> beyond) {
    JsonNode media = document.at(operation).at("/requestBody/content/application~1json");
    ObjectNode resolvable = JsonNodeFactory.instance.objectNode();
    resolvable.set("components", document.get("components"));
    resolvable.putArray("allOf").add(media.get("schema"));
    JsonSchema compiled = ContractResources.compiled(resolvable);
    AtomicInteger fitting = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    Seed.forEach(
        2_000,
        seed -> {
          String body =
              new SchemaMutations(document, media.get("schema"), media.get("example"), seed).next();
          JsonNode value = ContractResources.tree(body);
          boolean fits = ContractResources.faults(compiled, value).isEmpty();
          (fits ? fitting : others).incrementAndGet();
          assertThat(accepts.test(body)).as(body).isEqualTo(fits && !beyond.test(value));
        });
    if (System.getProperty("converge.seed") == null) {
      assertThat(fitting.get()).as("bodies that fit").isPositive();
      assertThat(others.get()).as("bodies that do not fit").isPositive();
    }
  }

  /** The violations of one of the document's schemas by a value. */
  default Set<ValidationMessage> faults(JsonNode schema, JsonNode value) {
    // With the document's components around it, so that the schema's references lead somewhere.
    ObjectNode resolvable = JsonNodeFactory.instance.objectNode();
    resolvable.set("components", document().get("components"));
    resolvable.putArray("allOf").add(schema);
    return ContractResources.faults(resolvable, value);
  }
}
