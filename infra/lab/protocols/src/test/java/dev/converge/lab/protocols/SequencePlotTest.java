package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.MessageSequence.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: each party of a sequence has a column. Method: the text of the drawing. */
class SequencePlotTest {
  private static String draw(Message message) {
    return SequencePlot.of(
        "id", "title", "style", new MessageSequence("", "", true, "", List.of(message)));
  }

  private static List<String> columns(String svg) {
    return svg.lines()
        .flatMap(line -> List.of(line.split("(?=<text)", -1)).stream())
        .filter(text -> text.contains("class=\"axis\""))
        .map(text -> text.replaceAll("^<text[^>]*>|</text>.*$", ""))
        .toList();
  }

  @Test
  void registerHasAColumnAndAnArrow() {
    String svg = draw(new Message(1, "payment", "register", "PROPOSE_ABORT", false));

    assertThat(columns(svg)).containsExactly("client", "order", "inventory", "payment", "register");
    assertThat(svg).contains("class=\"arrow\"");
  }

  @Test
  void sequenceWithoutARegisterHasNoColumnForIt() {
    assertThat(columns(draw(new Message(1, "order", "payment", "COMMIT", false))))
        .containsExactly("client", "order", "inventory", "payment");
  }
}
