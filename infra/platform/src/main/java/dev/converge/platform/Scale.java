package dev.converge.platform;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many nodes each role has. It is stored, so that every command and every later {@code up}
 * agree; a state folder of an earlier version, without the file, has the fewest of each.
 *
 * @param numbers of the roles that can be scaled
 */
public record Scale(Map<Role, Integer> numbers) {
  /** The platform as it is without a scale: one node of each role, and three of the quorum. */
  public static final Scale SMALLEST = new Scale(Map.of());

  public Scale {
    Map<Role, Integer> complete = new EnumMap<>(Role.class);
    for (Role role : scalable()) {
      complete.put(role, valid(role, numbers.getOrDefault(role, role.fewest())));
    }
    numbers = Map.copyOf(complete);
  }

  private static int valid(Role role, int number) {
    if (!role.numbers().contains(number)) {
      throw new PlatformException(
          number + " nodes of " + role.id() + " (expected: " + numbersOf(role) + ")");
    }
    return number;
  }

  private static String numbersOf(Role role) {
    return role.numbers().stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  /** The roles whose number of nodes can be chosen. */
  private static List<Role> scalable() {
    return Arrays.stream(Role.values()).filter(Role::isScalable).toList();
  }

  /** The service of that name, of which there may be several nodes. */
  static Role service(String name) {
    List<Role> services =
        scalable().stream().filter(role -> role.kind() == Role.Kind.SERVICE).toList();
    return services.stream()
        .filter(role -> role.id().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new PlatformException(
                    "no such service: "
                        + Visible.line(name)
                        + " (expected: "
                        + services.stream().map(Role::id).collect(Collectors.joining(", "))
                        + ")"));
  }

  /** How many nodes a role has. */
  public int of(Role role) {
    return numbers.getOrDefault(role, role.fewest());
  }

  /** The same, but a role has another number of nodes. */
  public Scale with(Role role, int number) {
    Map<Role, Integer> changed = new EnumMap<>(numbers);
    changed.put(role, number);
    return new Scale(changed);
  }

  /** Whether a service has several nodes, so that the edge runs. */
  public boolean hasReplicas() {
    return numbers.entrySet().stream()
        .anyMatch(each -> each.getKey().kind() == Role.Kind.SERVICE && each.getValue() > 1);
  }

  /** Whether a database has standbys, so that the supervisor runs. */
  public boolean hasStandbys() {
    return numbers.entrySet().stream()
        .anyMatch(each -> each.getKey().kind() == Role.Kind.DATABASE && each.getValue() > 1);
  }

  /** The same, but each database has this number of standbys. */
  public Scale withStandbys(int number) {
    if (number < 0 || number > 2) {
      throw new PlatformException(number + " standbys of each database (expected: 0, 1, 2)");
    }
    Scale scale = this;
    for (Part database : Topology.databaseParts()) {
      scale = scale.with(database.role(), number + 1);
    }
    return scale;
  }

  /** The nodes of a role. */
  public List<Part> nodes(Role role) {
    if ((role == Role.EDGE && !hasReplicas())
        || (role == Role.SUPERVISOR && !hasStandbys())
        // It depends on no number: see Platform.nodes().
        || role == Role.CONSOLE) {
      return List.of();
    }
    return IntStream.rangeClosed(1, of(role)).mapToObj(node -> Part.of(role, node)).toList();
  }

  /** All nodes, the quorum included, in the order in which they start. */
  public List<Part> nodes() {
    return Arrays.stream(Role.values()).flatMap(role -> nodes(role).stream()).toList();
  }

  /** The nodes of one kind, in the order in which they start. */
  List<Part> nodes(Role.Kind kind) {
    return nodes().stream().filter(part -> part.kind() == kind).toList();
  }

  /**
   * The stored scale. Of a role whose number is not stored, or damaged: the nodes that run, or have
   * data, or else the fewest.
   */
  public static Scale load(Path state) {
    Properties stored = StateFile.read(file(state)).map(Scale::parsed).orElseGet(Properties::new);
    Map<Role, Integer> numbers = new EnumMap<>(Role.class);
    scalable().forEach(role -> stored(stored, role).ifPresent(number -> numbers.put(role, number)));
    if (numbers.size() < scalable().size()) {
      Set<String> traces = traces(state);
      scalable().forEach(role -> numbers.computeIfAbsent(role, lost -> found(lost, traces)));
    }
    return new Scale(numbers);
  }

  private static Optional<Integer> stored(Properties stored, Role role) {
    String text = stored.getProperty(role.id(), "").strip();
    return role.numbers().stream().filter(number -> text.equals(number.toString())).findFirst();
  }

  private static Properties parsed(String text) {
    Properties stored = new Properties();
    try {
      stored.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException damaged) {
      // The part before the damage is used.
    }
    return stored;
  }

  // The names of nodes that run or have data.
  private static Set<String> traces(Path state) {
    Layout layout = new Layout(state, state);
    Set<String> traces = new HashSet<>(MarkedProcesses.of(state).ports().keySet());
    Part.all().stream()
        .map(Part::id)
        .filter(node -> Files.exists(layout.data(node)))
        .forEach(traces::add);
    return traces;
  }

  // The least possible number that covers all nodes of which there is a trace.
  private static int found(Role role, Set<String> traces) {
    int last = role.ordinals().filter(node -> traces.contains(role.nameOf(node))).max().orElse(1);
    return role.numbers().stream().filter(number -> number >= last).findFirst().orElse(last);
  }

  void save(Path state) {
    StringBuilder text = new StringBuilder();
    for (Role role : scalable()) {
      text.append(role.id()).append('=').append(of(role)).append('\n');
    }
    StateFile.write(file(state), text.toString());
  }

  static void forget(Path state) {
    StateFile.delete(file(state));
  }

  private static Path file(Path state) {
    return state.resolve("scale.properties");
  }
}
