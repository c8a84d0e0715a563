package dev.converge.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;

/** The documents of infra/contracts, as tests read them. */
public final class ContractResources {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ContractResources() {}

  /** A document on the class path. */
  public static ObjectNode document(String name) {
    try (InputStream found = ContractResources.class.getResourceAsStream("/" + name)) {
      if (found == null) {
        throw new AssertionError(name + " is not on the class path");
      }
      return (ObjectNode) JSON.readTree(found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** JSON text as a tree. */
  public static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What of a value does not fit a schema, formats included. */
  public static Set<ValidationMessage> faults(JsonNode schema, JsonNode value) {
    return JsonSchemaFactory.getInstance(VersionFlag.V202012)
        .getSchema(schema)
        .validate(
            value, validation -> validation.getExecutionConfig().setFormatAssertionsEnabled(true));
  }
}
