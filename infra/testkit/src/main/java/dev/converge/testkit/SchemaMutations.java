package dev.converge.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/**
 * Changes an example of a JSON Schema into a value that may or may not fit the schema: by type,
 * range, length, pattern, enum, format, and by fields that are missing, null or added. Values lie
 * at and beside the bounds that the schema names, so that about half of them fit.
 */
public final class SchemaMutations {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** A place of the example: a field of an object or an element of an array, and its schema. */
  private record Place(JsonNode parent, String name, int index, JsonNode schema) {
    JsonNode value() {
      return parent.isObject() ? parent.path(name) : parent.get(index);
    }

    void set(JsonNode value) {
      if (parent instanceof ObjectNode object) {
        object.set(name, value);
      } else {
        ((ArrayNode) parent).set(index, value);
      }
    }
  }

  private final JsonNode document;
  private final JsonNode schema;
  private final JsonNode example;
  private final Random random;

  /**
   * @param document the target of the schema's references
   */
  public SchemaMutations(JsonNode document, JsonNode schema, JsonNode example, long seed) {
    this.document = document;
    this.schema = schema;
    this.example = example;
    this.random = new Random(seed);
  }

  /** JSON text of an example with one to three changes. */
  public String next() {
    if (random.nextInt(40) == 0) {
      return otherType(example).toString();
    }
    JsonNode changed = example.deepCopy();
    int changes = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
    for (int i = 0; i < changes; i++) {
      change(changed);
    }
    return changed.toString();
  }

  private void change(JsonNode root) {
    List<Place> places = new ArrayList<>();
    collect(root, schema, places);
    Place place = places.get(random.nextInt(places.size()));
    JsonNode value = place.value();
    int kind = random.nextInt(20);
    if (kind == 0 && place.parent() instanceof ObjectNode object) {
      object.remove(place.name());
    } else if (kind == 1 && place.parent() instanceof ObjectNode object) {
      object.set(one(List.of("addedLater", "", "a/b~c", "orderid")), otherType(value));
    } else if (kind == 2) {
      place.set(NODES.nullNode());
    } else if (kind < 6) {
      place.set(otherType(value));
    } else {
      place.set(ofItsType(place.schema(), value));
    }
  }

  private void collect(JsonNode value, JsonNode of, List<Place> places) {
    JsonNode resolved = resolved(of);
    if (value.isObject()) {
      resolved
          .path("properties")
          .properties()
          .forEach(
              field -> {
                places.add(new Place(value, field.getKey(), 0, field.getValue()));
                collect(value.path(field.getKey()), field.getValue(), places);
              });
    } else if (value.isArray()) {
      for (int i = 0; i < Math.min(value.size(), 3); i++) {
        places.add(new Place(value, "", i, resolved.path("items")));
        collect(value.get(i), resolved.path("items"), places);
      }
    }
  }

  private JsonNode resolved(JsonNode of) {
    return of.has("$ref") ? document.at(of.get("$ref").textValue().substring(1)) : of;
  }

  private JsonNode otherType(JsonNode value) {
    return switch (random.nextInt(13)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.textNode("");
      case 3 -> NODES.textNode(value.asText());
      case 4 -> raw(value.asText("7").matches("-?[1-9]\\d{0,8}") ? value.asText("7") : "7");
      case 5 -> raw(one(List.of("0", "1", "1.5", "-1", "1e3", "9223372036854775808")));
      case 6 -> NODES.arrayNode();
      case 7 -> NODES.objectNode();
      case 8 -> NODES.arrayNode().add(value.deepCopy());
      case 9 -> NODES.objectNode().set("a", value.deepCopy());
      case 10 -> NODES.textNode("true");
      case 11 -> NODES.textNode(" ");
      default -> NODES.textNode("null");
    };
  }

  private JsonNode ofItsType(JsonNode of, JsonNode value) {
    JsonNode resolved = resolved(of);
    String type = resolved.path("type").toString();
    if (resolved.has("enum")) {
      return text(one(resolved.get("enum")).asText());
    }
    if (type.contains("integer")) {
      return integer(resolved);
    }
    if (type.contains("array")) {
      return array(resolved, value);
    }
    if (type.contains("string")) {
      return resolved.path("format").asText().equals("uuid")
          ? uuid(value.asText())
          : string(resolved, value.asText());
    }
    return otherType(value);
  }

  private JsonNode one(JsonNode array) {
    return array.get(random.nextInt(array.size()));
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private JsonNode text(String fits) {
    return NODES.textNode(
        switch (random.nextInt(8)) {
          case 0 -> fits.toLowerCase(java.util.Locale.ROOT);
          case 1 -> fits + " ";
          case 2 -> fits + "\n";
          case 3 -> fits.isEmpty() ? "X" : fits.substring(1);
          default -> fits;
        });
  }

  private JsonNode integer(JsonNode of) {
    long least = of.path("minimum").asLong(Long.MIN_VALUE / 2);
    long most = of.path("maximum").asLong(Long.MAX_VALUE / 2);
    long value =
        switch (random.nextInt(10)) {
          case 0 -> least;
          case 1 -> most;
          case 2 -> least - 1;
          case 3 -> most + 1;
          case 4 -> Integer.MAX_VALUE + 1L;
          case 5 -> -1;
          default -> least + Math.floorMod(random.nextLong(), Math.min(most - least, 9_000) + 1);
        };
    return raw(notation(value));
  }

  private String notation(long value) {
    return switch (random.nextInt(20)) {
      case 0 -> value + ".0";
      case 1 -> value + "e0";
      case 2 -> value == 0 ? "0E-1" : value + "0E-1";
      case 3 -> value + ".5";
      case 4 -> value + "e-1";
      case 5 -> value + "e30";
      case 6 -> value + "." + "0".repeat(60);
      case 7 -> value + "." + "0".repeat(60) + "1";
      case 8 -> value == 0 ? "0e-60" : value + "0".repeat(60) + "e-60";
      case 9 -> one(List.of("-0", "0.0", "9223372036854775808", "1e300", "1e-300", "-0.0e5"));
      default -> Long.toString(value);
    };
  }

  private static JsonNode raw(String number) {
    return NODES.rawValueNode(new RawValue(number));
  }

  private JsonNode array(JsonNode of, JsonNode value) {
    int most = of.path("maxItems").asInt(5);
    int size = one(List.of(0, 1, 2, most - 1, most, most + 1, most + 20));
    ArrayNode array = NODES.arrayNode();
    for (int i = 0; i < size; i++) {
      JsonNode item =
          value.isArray() && !value.isEmpty() ? value.get(0).deepCopy() : NODES.objectNode();
      if (item instanceof ObjectNode object && object.path("sku").isTextual()) {
        object.put("sku", "S-" + i);
      }
      array.add(item);
    }
    return array;
  }

  private JsonNode uuid(String value) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    return NODES.textNode(
        switch (random.nextInt(12)) {
          case 0 -> value.toUpperCase(java.util.Locale.ROOT);
          case 1 -> value.replace("-", "");
          case 2 -> "{" + value + "}";
          case 3 -> " " + value;
          case 4 -> value + "\n";
          case 5 -> Base64.getEncoder().encodeToString(bytes);
          case 6 -> "1-1-1-1-1";
          case 7 -> "";
          case 8 -> value.replace('-', '_');
          case 9 -> value.isEmpty() ? "g" : "g" + value.substring(1);
          case 10 -> "urn:uuid:" + value;
          default -> new java.util.UUID(random.nextLong(), random.nextLong()).toString();
        });
  }

  private JsonNode string(JsonNode of, String value) {
    int most = of.path("maxLength").asInt(64);
    String characters =
        "ABCXYZabcxyz0189._:-_ /~@\u0000\n\u00a0\u00e9\u200b\u202e\u2028\ufeff\u009b";
    return NODES.textNode(
        switch (random.nextInt(12)) {
          case 0 -> "";
          case 1 -> value + "\n";
          case 2 -> " " + value;
          case 3 -> value + characters.charAt(random.nextInt(characters.length()));
          case 4 -> characters.charAt(random.nextInt(characters.length())) + value;
          case 5 -> value + "a".repeat(Math.max(0, most - value.length()));
          case 6 -> value + "a".repeat(Math.max(0, most - value.length() + 1));
          case 7 -> value + "\uD83D\uDE80".repeat(Math.max(0, most - value.length()));
          case 8 -> "a".repeat(one(List.of(1, 59, 60, 61, 63, 64, 65, 255, 256, 257)));
          case 9 -> value + "\ud800";
          case 10 -> value.replaceAll("[A-Za-z]", "7");
          default -> value.isEmpty() ? "A" : value.substring(0, random.nextInt(value.length()) + 1);
        });
  }
}
