package dev.converge.commitment.protocol;

import java.util.HashMap;
import java.util.Map;

/**
 * The names by which a protocol is known for the states, events and actions of its tables. Two
 * protocols may have the same tables and mean different things by them.
 *
 * @param own in capitals, like the names that they replace
 */
public record Wording(Map<Enum<?>, String> own) {
  /** Everything has the name that it has in the table. */
  public static final Wording OF_THE_TABLE = new Wording(Map.of());

  public Wording {
    own = Map.copyOf(own);
  }

  /** The name of a state, an event or an action. */
  public String name(Enum<?> of) {
    return own.getOrDefault(of, of.name());
  }

  /** These names, and one more. */
  Wording with(Enum<?> of, String name) {
    Map<Enum<?>, String> all = new HashMap<>(own);
    all.put(of, name);
    return new Wording(all);
  }
}
