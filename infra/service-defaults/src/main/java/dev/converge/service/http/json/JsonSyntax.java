package dev.converge.service.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses text as one JSON value. A duplicate field is a fault of the body's structure. */
final class JsonSyntax {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(JsonBody.MAX_DEPTH)
                  .maxNameLength(JsonBody.MAX_TEXT_CHARS)
                  // The body bounds numbers and texts, and the rules of a field follow.
                  .maxNumberLength(JsonBody.MAX_BYTES)
                  .maxStringLength(JsonBody.MAX_BYTES)
                  .build())
          .build();

  private final JsonParser parser;
  private final BodyFaults faults;

  private JsonSyntax(JsonParser parser, BodyFaults faults) {
    this.parser = parser;
    this.faults = faults;
  }

  /**
   * @throws Problem where the text is not JSON, or nested too deep
   */
  static JsonValue read(String text, BodyFaults faults) {
    try (JsonParser parser = JSON.createParser(text)) {
      JsonSyntax syntax = new JsonSyntax(parser, faults);
      JsonValue value = syntax.value(parser.nextToken(), "");
      if (parser.nextToken() != null) {
        throw malformed("not well-formed", parser.currentTokenLocation());
      }
      return value;
    } catch (StreamConstraintsException e) {
      throw malformed("nested too deep, or too long a name", e.getLocation());
    } catch (JsonProcessingException e) {
      throw malformed("not well-formed", e.getLocation());
    } catch (IOException e) {
      throw new IllegalStateException("a text cannot fail to be read", e);
    }
  }

  private JsonValue value(JsonToken token, String pointer) throws IOException {
    return switch (token) {
      case START_OBJECT -> fields(pointer);
      case START_ARRAY -> elements(pointer);
      case VALUE_STRING -> new JsonValue.Text(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonValue.Numeric(parser.getText());
      case VALUE_TRUE -> JsonValue.Literal.TRUE;
      case VALUE_FALSE -> JsonValue.Literal.FALSE;
      case VALUE_NULL -> JsonValue.Literal.NULL;
      default -> throw new IllegalStateException("no token of a value: " + token);
    };
  }

  private JsonValue fields(String pointer) throws IOException {
    Map<String, JsonValue> fields = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      String at = BodyObject.pointer(pointer, name);
      if (fields.put(name, value(parser.nextToken(), at)) != null) {
        faults.structure(at, "duplicate field");
      }
    }
    return new JsonValue.Fields(fields);
  }

  private JsonValue elements(String pointer) throws IOException {
    List<JsonValue> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      elements.add(value(token, pointer + "/" + elements.size()));
    }
    return new JsonValue.Elements(elements);
  }

  private static Problem malformed(String fault, @Nullable JsonLocation at) {
    return Problem.of(
        ProblemType.MALFORMED_JSON,
        at == null ? fault : fault + " at line " + at.getLineNr() + ", column " + at.getColumnNr());
  }
}
