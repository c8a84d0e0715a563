package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: report.json, {@code --json} and {@code --raw} keep their names, shape and values: documents
 * and users read them. Method: an invented run, compared with the JSON that was written for it
 * before its records were grouped.
 */
class ReportJsonTest {
  private final ObjectMapper json = new ObjectMapper();

  @Test
  void reportKeepsItsNamesShapeAndValues() throws IOException {
    BenchReport report = Samples.quick();
    BenchReport full = Samples.full();
    report.search.subList(1, report.search.size()).clear();
    report.idle = full.idle;
    report.burst = full.burst;
    report.ordersInTables = full.ordersInTables;

    JsonNode written = json.readTree(json.writeValueAsString(report));

    try (InputStream expected = getClass().getResourceAsStream("report.json")) {
      assertThat(withFirstElements(written))
          .isEqualTo(json.readTree(Objects.requireNonNull(expected)));
    }
  }

  /** The same without all but the first element of each array. */
  private static JsonNode withFirstElements(JsonNode node) {
    if (node instanceof ArrayNode array) {
      while (array.size() > 1) {
        array.remove(array.size() - 1);
      }
    }
    node.forEach(ReportJsonTest::withFirstElements);
    return node;
  }
}
