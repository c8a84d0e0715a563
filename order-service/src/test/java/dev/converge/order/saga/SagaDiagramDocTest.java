package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Goal: the documentation shows the saga that runs. Method: the block between the markers of
 * docs/architecture.md is compared with the diagram made from the definition.
 */
class SagaDiagramDocTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "architecture.md");
  private static final String BEGIN = "<!-- saga-diagram:begin -->\n";
  private static final String END = "<!-- saga-diagram:end -->\n";

  @Test
  void theDocumentShowsTheDiagramOfTheDefinition() throws IOException {
    String document = Files.readString(DOCUMENT);
    String diagram = SagaDiagram.mermaid(PlaceOrderSaga.definition(SagaTimes.standard()));
    String expected = "```mermaid\n" + diagram + "```\n";

    assertThat(document).as("markers in " + DOCUMENT).containsOnlyOnce(BEGIN).containsOnlyOnce(END);
    String shown =
        document.substring(document.indexOf(BEGIN) + BEGIN.length(), document.indexOf(END));

    assertThat(shown)
        .as("between the markers of %s is expected:%n%n%s%n", DOCUMENT, expected)
        .isEqualTo(expected);
  }
}
