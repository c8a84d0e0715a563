package dev.converge.commitment.protocol;

import java.util.Locale;
import java.util.stream.Collectors;

/** Draws tables of rules as Mermaid state diagrams. */
public final class ProtocolDiagram {
  private ProtocolDiagram() {}

  /** The rules of a protocol's coordinator, in the words of the protocol. */
  public static String coordinator(Protocol protocol) {
    return mermaid(protocol.coordinator(), protocol.wording());
  }

  /** The rules of a protocol's participant, in the words of the protocol. */
  public static String participant(Protocol protocol) {
    return mermaid(protocol.participant(), protocol.wording());
  }

  /** The diagram's source: one line for each rule that changes the state or acts. */
  public static <S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> String mermaid(
      TransitionTable<S, E, A> table) {
    return mermaid(table, Wording.OF_THE_TABLE);
  }

  private static <S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> String mermaid(
      TransitionTable<S, E, A> table, Wording wording) {
    StringBuilder diagram = new StringBuilder("stateDiagram-v2\n");
    diagram.append("    [*] --> ").append(wording.name(table.initial())).append('\n');
    for (S state : table.states()) {
      table.forEachRule(
          state,
          (event, rule) ->
              diagram
                  .append("    ")
                  .append(wording.name(state))
                  .append(" --> ")
                  .append(wording.name(rule.next()))
                  .append(": ")
                  .append(words(wording.name(event)))
                  .append(rule.actions().isEmpty() ? "" : " / ")
                  .append(
                      rule.actions().stream()
                          .map(action -> words(wording.name(action)))
                          .collect(Collectors.joining(", ")))
                  .append('\n'));
    }
    return diagram.toString();
  }

  private static String words(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
