package dev.converge.commitment.protocol;

import java.util.Locale;
import java.util.stream.Collectors;

/** Draws a table of rules as a Mermaid state diagram. */
public final class ProtocolDiagram {
  private ProtocolDiagram() {}

  /** The diagram's source: one line for each rule that changes the state or acts. */
  public static <S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> String mermaid(
      TransitionTable<S, E, A> table) {
    StringBuilder diagram = new StringBuilder("stateDiagram-v2\n");
    diagram.append("    [*] --> ").append(table.initial()).append('\n');
    for (S state : table.states()) {
      table.forEachRule(
          state,
          (event, rule) ->
              diagram
                  .append("    ")
                  .append(state)
                  .append(" --> ")
                  .append(rule.next())
                  .append(": ")
                  .append(words(event))
                  .append(rule.actions().isEmpty() ? "" : " / ")
                  .append(
                      rule.actions().stream()
                          .map(ProtocolDiagram::words)
                          .collect(Collectors.joining(", ")))
                  .append('\n'));
    }
    return diagram.toString();
  }

  private static String words(Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
