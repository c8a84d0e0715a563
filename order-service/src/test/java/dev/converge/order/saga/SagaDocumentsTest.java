package dev.converge.order.saga;

import static dev.converge.order.saga.ParticipantMessages.ORDER_REPLIES;
import static dev.converge.order.saga.SagaScenario.ORDER;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.testkit.ContractResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Goal: the documents name the steps and the messages of the saga that runs. Method: the lists in
 * the OpenAPI document and in docs/reference/messages.md are compared with the definition.
 */
class SagaDocumentsTest {
  private static final Path MESSAGES = Path.of("..", "docs", "reference", "messages.md");
  private static final JsonNode SCHEMAS =
      ContractResources.document("openapi/order-service.json").at("/components/schemas");
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  private final List<SagaStep> steps = PlaceOrderSaga.definition(SagaTimes.standard()).steps();

  @Test
  void openApiListsTheStepsInTheirOrder() {
    String[] names = steps.stream().map(SagaStep::name).toArray(String[]::new);

    assertThat(listed("/Saga/properties/step/enum")).containsExactly(names);
    assertThat(listed("/Transition/properties/step/enum")).containsExactly(names);
  }

  @Test
  void openApiListsTheRepliesThatASagaAwaits() {
    List<String> awaited = new ArrayList<>();
    for (SagaStep step : steps) {
      awaited.add(requireNonNull(step.success()).getSimpleName());
      if (step.undo() != null) {
        awaited.add(step.undo().reply().getSimpleName());
      }
    }

    assertThat(listed("/SagaInspection/allOf/1/properties/awaits/enum"))
        .containsExactlyInAnyOrderElementsOf(awaited);
  }

  private static List<String> listed(String pointer) {
    List<String> names = new ArrayList<>();
    SCHEMAS.at(pointer).forEach(name -> names.add(name.textValue()));
    return names;
  }

  @Test
  void tableOfTopicsListsEveryCommandAndReply() throws IOException {
    List<String> lines = Files.readAllLines(MESSAGES);

    messagesByTopic()
        .forEach(
            (topic, names) ->
                assertThat(lines.stream().filter(line -> line.startsWith("| `" + topic + "` ")))
                    .singleElement()
                    .satisfies(
                        row ->
                            assertThat(NAME.matcher(lastCell(row)).results())
                                .extracting(result -> result.group(1))
                                .containsExactlyInAnyOrderElementsOf(names)));
  }

  private static String lastCell(String row) {
    String cells = row.substring(0, row.lastIndexOf('|'));
    return cells.substring(cells.lastIndexOf('|'));
  }

  private Map<String, List<String>> messagesByTopic() {
    Map<String, List<String>> messages = new TreeMap<>();
    for (SagaStep step : steps) {
      List<String> commands =
          messages.computeIfAbsent(step.request().topic(), topic -> new ArrayList<>());
      List<String> replies = messages.computeIfAbsent(ORDER_REPLIES, topic -> new ArrayList<>());
      commands.add(step.request().command().apply(ORDER).getClass().getSimpleName());
      replies.add(requireNonNull(step.success()).getSimpleName());
      if (step.refusal() != null) {
        replies.add(step.refusal().reply().getSimpleName());
      }
      if (step.undo() != null) {
        commands.add(step.undo().command().apply(ORDER).getClass().getSimpleName());
        replies.add(step.undo().reply().getSimpleName());
      }
    }
    return messages;
  }
}
