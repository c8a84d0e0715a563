package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.ContractResources;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sends requests to a service, and compares each answer with the service's OpenAPI document. */
final class DocumentedApi {
  private final OrderApi api;
  private final Part service;
  private final ObjectNode document;

  DocumentedApi(OrderApi api, Part service) {
    this.api = api;
    this.service = service;
    this.document = ContractResources.document("openapi/" + service.id() + ".json");
  }

  /**
   * The body of the answer, which has this status and fits the schema for it. A request is sent
   * again after 503, unless that is the status.
   *
   * @param path as in the document, with one parameter at most
   * @param parameter its value
   */
  JsonNode request(
      int status, String method, String path, String parameter, @Nullable String body) {
    String target = path.replaceAll("\\{\\w+}", parameter);
    Answer answer =
        status == 503
            ? api.send(method, service, target, body)
            : api.untilServed(method, service, target, body);
    String description = method + " " + target + ": " + answer.raw().body();
    assertThat(answer.status()).as(description).isEqualTo(status);
    assertThat(ContractResources.faults(schema(method, path, status), answer.body()))
        .as(description)
        .isEmpty();
    return answer.body();
  }

  private ObjectNode schema(String method, String path, int status) {
    JsonNode content =
        document
            .path("paths")
            .path(path)
            .path(method.toLowerCase(Locale.ROOT))
            .path("responses")
            .path(String.valueOf(status))
            .path("content");
    // With the document's components around it, so that the schema's references lead somewhere.
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.set("components", document.get("components"));
    schema.putArray("allOf").add(content.elements().next().path("schema"));
    return schema;
  }
}
