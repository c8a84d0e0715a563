package dev.converge.platform;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * The ports of the parts, on the loopback address. They are stored, so that every command agrees.
 */
public final class Ports {
  private static final int HIGHEST = 65_535;

  private static final String EDGE_MANAGEMENT = "edge-management";

  /** Further ports of parts that have several, by their names. */
  private static final Map<String, Integer> INTERNAL = new LinkedHashMap<>();

  static {
    for (Part broker : Part.all().stream().filter(Part::isBroker).toList()) {
      INTERNAL.put(controllerName(broker), broker.defaultPort() + 1);
    }
    for (Part node : Part.quorum()) {
      INTERNAL.put(quorumName(node), node.defaultPort() + 10);
      INTERNAL.put(electionName(node), node.defaultPort() + 20);
    }
    for (String name : listeners(Part.EDGE)) {
      if (!name.equals(Part.EDGE.id())) {
        INTERNAL.put(name, Part.EDGE.defaultPort() + listeners(Part.EDGE).indexOf(name));
      }
    }
  }

  /** Listeners of parts that not every version has had. */
  private static final Set<String> NEWER =
      Part.all().stream()
          .filter(
              part ->
                  part.isZooKeeper()
                      || part.isSupervisor()
                      || part.isConsole()
                      || part == Part.EDGE
                      || !part.isFirst())
          .flatMap(part -> listeners(part).stream())
          .collect(Collectors.toUnmodifiableSet());

  /** Ports that this process has given to a platform, whose parts may not have bound them yet. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  // In the order of the parts.
  private final Map<Part, Integer> ports = new LinkedHashMap<>();
  private final Map<String, Integer> internal = new LinkedHashMap<>();

  private Ports() {}

  /** The default ports, each increased by a number. */
  public static Ports shifted(int by) {
    Ports ports = new Ports();
    for (Part part : Part.all()) {
      ports.move(part, part.defaultPort() + (long) by);
    }
    INTERNAL.forEach((name, port) -> ports.internal.put(name, valid(name, port + (long) by)));
    return ports;
  }

  /** Ports that are free now. */
  public static Ports free() {
    Set<Integer> free = new LinkedHashSet<>();
    while (free.size() < Part.all().size() + INTERNAL.size()) {
      free.add(freePort());
    }
    Iterator<Integer> next = free.iterator();
    Ports ports = new Ports();
    for (Part part : Part.all()) {
      ports.move(part, next.next());
    }
    INTERNAL.keySet().forEach(name -> ports.internal.put(name, next.next()));
    return ports;
  }

  // Below the ports that systems give to outgoing connections. Otherwise, a client of a killed part
  // could get the part's own port for its next attempt, and the part could not start again.
  private static int freePort() {
    int port;
    do {
      port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
    } while (!GIVEN.add(port) || !PortOwners.isFree(port));
    return port;
  }

  /** The same ports, but a part gets one that is free now. */
  public Ports withFree(Part part) {
    Ports others = new Ports();
    others.ports.putAll(ports);
    others.internal.putAll(internal);
    do {
      others.move(part, freePort());
    } while (byName().containsValue(others.of(part)));
    return others;
  }

  void move(Part part, long port) {
    ports.put(part, valid(part.id(), port));
  }

  private static int valid(String name, long port) {
    if (port < 1 || port > HIGHEST) {
      throw new PlatformException(
          "port " + port + " of " + name + " is out of range (expected: 1 to " + HIGHEST + ")");
    }
    return (int) port;
  }

  /** Refuses ports of which two are the same; those of parts that do not run may be. */
  void requireDistinct(List<Part> parts) {
    Map<Integer, List<String>> names = new TreeMap<>();
    byName(parts)
        .forEach((name, port) -> names.computeIfAbsent(port, p -> new ArrayList<>()).add(name));
    List<String> shared =
        names.entrySet().stream()
            .filter(entry -> entry.getValue().size() > 1)
            .map(entry -> entry.getKey() + " of " + String.join(" and ", entry.getValue()))
            .toList();
    if (!shared.isEmpty()) {
      throw new PlatformException(
          "each part needs a port of its own: " + String.join(", ", shared));
    }
  }

  /** The ports of some parts that differ in the others, a sentence each. */
  List<String> movedIn(Ports others, List<Part> parts) {
    Map<String, Integer> after = others.byName();
    List<String> moved = new ArrayList<>();
    byName(parts)
        .forEach(
            (name, port) -> {
              if (!port.equals(after.get(name))) {
                moved.add(name + " from " + port + " to " + after.get(name));
              }
            });
    return moved;
  }

  /** Every port by the name of its listener, including internal ones. */
  Map<String, Integer> byName() {
    Map<String, Integer> byName = new LinkedHashMap<>();
    ports.forEach((part, port) -> byName.put(part.id(), port));
    byName.putAll(internal);
    return byName;
  }

  /** The ports of some parts by the names of their listeners. */
  Map<String, Integer> byName(List<Part> parts) {
    Map<String, Integer> byName = byName();
    byName.keySet().retainAll(parts.stream().flatMap(part -> listeners(part).stream()).toList());
    return byName;
  }

  public int of(Part part) {
    Integer port = ports.get(part);
    if (port == null) {
      throw new IllegalStateException(part + " has no port");
    }
    return port;
  }

  /** The addresses of some parts, as Kafka's clients take them. */
  public String addresses(List<Part> parts) {
    return parts.stream().map(part -> "127.0.0.1:" + of(part)).collect(Collectors.joining(","));
  }

  /** A broker's controller, which only the brokers talk to. */
  public int controller(Part broker) {
    return internal(controllerName(broker));
  }

  /** Where a node of the quorum listens for the others. */
  int quorum(Part node) {
    return internal(quorumName(node));
  }

  /** Where a node of the quorum elects its leader. */
  int election(Part node) {
    return internal(electionName(node));
  }

  /** Where the edge listens for a service. */
  int edge(Topology.Service service) {
    String name = edgeName(service);
    return name.equals(Part.EDGE.id()) ? of(Part.EDGE) : internal(name);
  }

  /** The address of a service before its nodes: that of the edge. */
  public String edgeUrl(Topology.Service service) {
    return "http://127.0.0.1:" + edge(service);
  }

  /** The address of the edge's probes and metrics. */
  public String edgeManagementUrl() {
    return "http://127.0.0.1:" + edgeManagement();
  }

  /** Where the edge has its probes and metrics. */
  int edgeManagement() {
    return internal(EDGE_MANAGEMENT);
  }

  /** The names of all listeners of a part. */
  static List<String> listeners(Part part) {
    if (part.isBroker()) {
      return List.of(part.id(), controllerName(part));
    }
    if (part == Part.EDGE) {
      List<String> listeners = new ArrayList<>();
      Topology.SERVICES.forEach(service -> listeners.add(edgeName(service)));
      listeners.add(EDGE_MANAGEMENT);
      return listeners;
    }
    return part.isZooKeeper()
        ? List.of(part.id(), quorumName(part), electionName(part))
        : List.of(part.id());
  }

  private int internal(String name) {
    Integer port = internal.get(name);
    if (port == null) {
      throw new IllegalStateException(name + " has no port");
    }
    return port;
  }

  private static String controllerName(Part broker) {
    return broker.id() + "-controller";
  }

  /** Whether a listener's port is moved with all others only. */
  static boolean isInternal(String name) {
    return INTERNAL.containsKey(name);
  }

  // The part's own port is that of the first service.
  private static String edgeName(Topology.Service service) {
    return service.equals(Topology.SERVICES.get(0))
        ? Part.EDGE.id()
        : Part.EDGE.id() + "-" + service.id();
  }

  private static String quorumName(Part node) {
    return node.id() + "-quorum";
  }

  private static String electionName(Part node) {
    return node.id() + "-election";
  }

  /** The address of a part that speaks HTTP. */
  public String url(Part part) {
    return "http://127.0.0.1:" + of(part);
  }

  /**
   * The stored ports. If none are stored, or they are damaged: those of the running parts, or else
   * the default ones, increased by a number.
   */
  public static Ports load(Path state, int shift) {
    Ports ports = shifted(shift);
    Path path = state.resolve("ports.properties");
    Optional<String> file = StateFile.read(path);
    Properties remembered = file.map(Ports::parsed).orElseGet(Properties::new);
    if (file.isPresent()) {
      warnOfLost(path, remembered, ports.byName().keySet());
    }
    boolean allRemembered =
        ports.byName().keySet().stream().allMatch(name -> remembered(remembered, name).isPresent());
    Map<String, List<Integer>> running =
        allRemembered ? Map.of() : MarkedProcesses.of(state).ports();
    for (Part part : Part.all()) {
      List<String> listeners = listeners(part);
      for (int i = 0; i < listeners.size(); i++) {
        String name = listeners.get(i);
        int index = i;
        remembered(remembered, name)
            .or(() -> at(index, running.getOrDefault(part.id(), List.of())))
            .ifPresent(port -> ports.put(part, name, port));
      }
    }
    return ports;
  }

  private static Optional<Integer> at(int index, List<Integer> ports) {
    return ports.size() > index ? Optional.of(ports.get(index)) : Optional.empty();
  }

  private void put(Part part, String listener, int port) {
    if (listener.equals(part.id())) {
      move(part, port);
    } else {
      internal.put(listener, port);
    }
  }

  private static void warnOfLost(Path path, Properties remembered, Set<String> names) {
    List<String> lost = lost(remembered, names);
    if (!lost.isEmpty()) {
      System.err.println(
          path
              + " is damaged: the ports of "
              + String.join(", ", lost)
              + " are those that running parts have, else the default ones");
    }
  }

  /** Of which names no port is remembered. */
  static List<String> lost(Properties remembered, Set<String> names) {
    return names.stream()
        .filter(name -> remembered(remembered, name).isEmpty())
        // A file of a version without these parts is not damaged.
        .filter(name -> !NEWER.contains(name))
        .toList();
  }

  private static Properties parsed(String text) {
    Properties remembered = new Properties();
    try {
      remembered.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException damaged) {
      // The part before the damage is used.
    }
    return remembered;
  }

  private static Optional<Integer> remembered(Properties remembered, String name) {
    String port = remembered.getProperty(name, "").strip();
    return Optional.of(port)
        .filter(text -> text.matches("[1-9]\\d{0,4}"))
        .map(Integer::valueOf)
        .filter(number -> number <= HIGHEST);
  }

  public void save(Path state) {
    StringBuilder remembered = new StringBuilder();
    byName().forEach((name, port) -> remembered.append(name).append('=').append(port).append('\n'));
    StateFile.write(state.resolve("ports.properties"), remembered.toString());
  }
}
