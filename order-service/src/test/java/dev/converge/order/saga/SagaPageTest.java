package dev.converge.order.saga;

import static dev.converge.order.saga.SagaScenario.ORDER;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: docs/architecture.md shows the saga that runs. Method: the blocks between its markers are
 * compared with the table and the diagram made from the definition. With {@code
 * -Dconverge.write=true} they are written instead.
 */
class SagaPageTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "architecture.md");

  private final SagaDefinition definition = PlaceOrderSaga.definition(SagaTimes.standard());

  @Test
  void documentShowsTheStepsOfTheDefinition() throws IOException {
    String steps =
        definition.steps().stream().map(SagaPageTest::row).collect(Collectors.joining("\n"));

    assertShown(
        "saga-steps",
        """

        | Step | Command, topic | Success | Refusal | Undo | Reply to the undo | Kind |
        |---|---|---|---|---|---|---|
        %s

        """
            .formatted(steps));
  }

  private static String row(SagaStep step) {
    SagaStep.Undo undo = step.undo();
    return "| `%s` | %s, `%s` | %s | %s | %s | %s | %s |"
        .formatted(
            step.name(),
            name(step.request().command().apply(ORDER).getClass()),
            step.request().topic(),
            name(requireNonNull(step.success())),
            name(step.refusal() == null ? null : step.refusal().reply()),
            name(undo == null ? null : undo.command().apply(ORDER).getClass()),
            name(undo == null ? null : undo.reply()),
            kind(step));
  }

  private static String name(@Nullable Class<?> message) {
    return message == null ? "–" : "`" + message.getSimpleName() + "`";
  }

  private static String kind(SagaStep step) {
    if (step.isPivot()) {
      return "the pivot: can be undone until it succeeds";
    }
    return step.undo() == null ? "after the pivot: repeated until it succeeds" : "can be undone";
  }

  @Test
  void documentShowsTheDiagramOfTheDefinition() throws IOException {
    assertShown("saga-diagram", "```mermaid\n" + SagaDiagram.mermaid(definition) + "```\n");
  }

  private static void assertShown(String block, String expected) throws IOException {
    String document = Files.readString(DOCUMENT);
    String begin = "<!-- %s:begin -->\n".formatted(block);
    String end = "<!-- %s:end -->\n".formatted(block);
    assertThat(document).as("markers in " + DOCUMENT).containsOnlyOnce(begin).containsOnlyOnce(end);
    int from = document.indexOf(begin) + begin.length();
    int to = document.indexOf(end);

    if (Boolean.getBoolean("converge.write")) {
      Files.writeString(DOCUMENT, document.substring(0, from) + expected + document.substring(to));
    } else {
      assertThat(document.substring(from, to))
          .as("%s in %s; write it with -Dconverge.write=true", block, DOCUMENT)
          .isEqualTo(expected);
    }
  }
}
