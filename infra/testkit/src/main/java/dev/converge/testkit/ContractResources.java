package dev.converge.testkit;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.regex.RegularExpression;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.regex.Pattern;

/** The documents of infra/contracts, as tests read them. */
public final class ContractResources {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

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

  /** The violations of a schema by a value, including formats. */
  public static Set<ValidationMessage> faults(JsonNode schema, JsonNode value) {
    return faults(compiled(schema), value);
  }

  /** The same for a schema that is used many times; see {@link #compiled}. */
  public static Set<ValidationMessage> faults(JsonSchema schema, JsonNode value) {
    return schema.validate(
        withPlainIntegers(value),
        validation -> validation.getExecutionConfig().setFormatAssertionsEnabled(true));
  }

  // The validator compares an integer that is written with a fraction or an exponent as a double.
  private static JsonNode withPlainIntegers(JsonNode value) {
    if (value.isFloatingPointNumber() && value.canConvertToExactIntegral()) {
      return JsonNodeFactory.instance.numberNode(value.decimalValue().toBigIntegerExact());
    }
    if (value.isArray()) {
      ArrayNode elements = JsonNodeFactory.instance.arrayNode();
      value.forEach(element -> elements.add(withPlainIntegers(element)));
      return elements;
    }
    if (value.isObject()) {
      ObjectNode fields = JsonNodeFactory.instance.objectNode();
      value
          .properties()
          .forEach(field -> fields.set(field.getKey(), withPlainIntegers(field.getValue())));
      return fields;
    }
    return value;
  }

  /** A schema, read once. A number without a fraction is an integer, however it is written. */
  public static JsonSchema compiled(JsonNode schema) {
    return JsonSchemaFactory.getInstance(VersionFlag.V202012)
        .getSchema(
            schema,
            SchemaValidatorsConfig.builder()
                .regularExpressionFactory(ContractResources::ecmaPattern)
                .build());
  }

  // In ECMA-262 the $ is the end; in Java it also matches before a last line feed.
  private static RegularExpression ecmaPattern(String regex) {
    Pattern pattern = Pattern.compile(regex.replaceFirst("\\$$", "\\\\z"));
    return value -> pattern.matcher(value).find();
  }
}
