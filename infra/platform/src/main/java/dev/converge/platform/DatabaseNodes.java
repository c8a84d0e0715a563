package dev.converge.platform;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * The roles of a database's nodes. It is stored, so that every command agrees; a change of it is a
 * step of a failover, see {@link Supervision}.
 *
 * @param nodes by their ports: the first has the port of the primary, and is the primary
 * @param confirming the standbys of which at least one has every acknowledged commit; empty if
 *     there is no such promise, and then none may be promoted
 * @param phase of a failover
 * @param candidate the node that is promoted next, in that phase; otherwise the primary
 */
record DatabaseNodes(List<String> nodes, Set<String> confirming, Phase phase, String candidate) {
  /** The phases of a failover. */
  enum Phase {
    /** The first node is the primary. */
    STEADY,
    /** The primary was fenced, and is no primary any more; the candidate is promoted. */
    PROMOTING,
    /** The candidate is the primary, and is being opened at the primary's port. */
    OPENING
  }

  DatabaseNodes {
    nodes = List.copyOf(nodes);
    confirming = Collections.unmodifiableSet(new TreeSet<>(confirming));
    if (!nodes.contains(candidate)
        || !nodes.containsAll(confirming)
        || confirming.contains(nodes.get(0))
        || nodes.size() != Set.copyOf(nodes).size()
        || (phase != Phase.PROMOTING && !candidate.equals(nodes.get(0)))) {
      throw new IllegalArgumentException("no roles: " + nodes + confirming + phase + candidate);
    }
  }

  /** The roles of new nodes: the first is the primary. */
  static DatabaseNodes first(List<String> nodes) {
    return new DatabaseNodes(nodes, Set.of(), Phase.STEADY, nodes.get(0));
  }

  String primary() {
    return nodes.get(0);
  }

  List<String> standbys() {
    return nodes.subList(1, nodes.size());
  }

  boolean isSteady() {
    return phase == Phase.STEADY;
  }

  /** Whether a node may accept writes: never during {@link Phase#PROMOTING}. */
  boolean mayWrite(String node) {
    return phase != Phase.PROMOTING && node.equals(primary());
  }

  DatabaseNodes withConfirming(Set<String> standbys) {
    return new DatabaseNodes(nodes, standbys, phase, candidate);
  }

  DatabaseNodes promoting(String standby) {
    return new DatabaseNodes(nodes, confirming, Phase.PROMOTING, standby);
  }

  /**
   * The candidate is the primary: it changes ports with the former one, and no one confirms yet.
   */
  DatabaseNodes opening() {
    List<String> swapped = new ArrayList<>(nodes);
    Collections.swap(swapped, 0, nodes.indexOf(candidate));
    return new DatabaseNodes(swapped, Set.of(), Phase.OPENING, candidate);
  }

  DatabaseNodes steady() {
    return new DatabaseNodes(nodes, confirming, Phase.STEADY, primary());
  }

  /**
   * The same with another number of nodes; the primary and its standbys that remain keep theirs.
   */
  DatabaseNodes resized(List<String> wanted) {
    List<String> resized = new ArrayList<>(nodes);
    resized.retainAll(wanted);
    wanted.stream().filter(node -> !resized.contains(node)).forEach(resized::add);
    if (!resized.contains(primary()) || !resized.contains(candidate)) {
      throw new PlatformException(
          candidate
              + " is the primary of its database; make another one first: ./converge failover");
    }
    Set<String> confirmed = new TreeSet<>(confirming);
    confirmed.retainAll(resized);
    // With fewer nodes, a commit may be confirmed only by one that is no longer there.
    return new DatabaseNodes(
        resized, confirmed.equals(confirming) ? confirmed : Set.of(), phase, candidate);
  }

  String text() {
    return "nodes="
        + String.join(" ", nodes)
        + "\nconfirming="
        + String.join(" ", confirming)
        + "\nphase="
        + phase
        + "\ncandidate="
        + candidate
        + "\n";
  }

  /** The roles in a text; empty if it is damaged. */
  static Optional<DatabaseNodes> parse(String text) {
    Properties stored = new Properties();
    try {
      stored.load(new StringReader(text));
      return Optional.of(
          new DatabaseNodes(
              words(stored, "nodes"),
              Set.copyOf(words(stored, "confirming")),
              Phase.valueOf(stored.getProperty("phase", "")),
              stored.getProperty("candidate", "")));
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException damaged) {
      return Optional.empty();
    }
  }

  private static List<String> words(Properties stored, String name) {
    String text = stored.getProperty(name, "").strip();
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  /**
   * The stored roles of a database; those of new nodes if none are stored.
   *
   * @throws PlatformException if they are damaged: a guess could make an outdated node the primary
   */
  static DatabaseNodes load(Path state, List<String> nodes) {
    Path file = file(state, nodes.get(0));
    if (!Files.exists(file)) {
      return first(nodes);
    }
    return StateFile.read(file)
        .flatMap(DatabaseNodes::parse)
        .orElseThrow(
            () ->
                new PlatformException(
                    file
                        + " is damaged: it says which node of the database is the primary; see"
                        + " docs/operations.md"));
  }

  static boolean isStored(Path state, Role database) {
    return Files.exists(file(state, database.id()));
  }

  void save(Path state, String database) {
    StateFile.write(file(state, database), text());
  }

  static void forget(Path state) {
    Layout.delete(state.resolve("failover"));
  }

  private static Path file(Path state, String database) {
    return state.resolve("failover").resolve(database + ".properties");
  }
}
