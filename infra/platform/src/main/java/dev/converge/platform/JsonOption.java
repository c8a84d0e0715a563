package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** {@code --json}: the output as JSON, one document per line. */
final class JsonOption {
  @Option(names = "--json", description = "Print JSON, one document per line.")
  private boolean given;

  boolean isGiven() {
    return given;
  }

  /** Prints a document, or else what people read. */
  void print(PrintWriter out, JsonNode document, Runnable forPeople) {
    if (given) {
      out.println(document);
    } else {
      forPeople.run();
    }
  }

  /** A document to fill. */
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
