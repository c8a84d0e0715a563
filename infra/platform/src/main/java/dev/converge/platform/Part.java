package dev.converge.platform;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A process of the platform: a node of a {@link Role}. There is one instance of each, so that they
 * can be compared by {@code ==}.
 */
public final class Part {
  /** Every part that a platform may have, in the order in which they start. */
  private static final List<Part> ALL =
      Arrays.stream(Role.values())
          .flatMap(role -> role.ordinals().mapToObj(ordinal -> new Part(role, ordinal)))
          .toList();

  private static final int NAME_WIDTH = 18;

  public static final Part ORDER_DB = of(Role.ORDER_DB, 1);
  public static final Part INVENTORY_DB = of(Role.INVENTORY_DB, 1);
  public static final Part PAYMENT_DB = of(Role.PAYMENT_DB, 1);
  public static final Part KAFKA = of(Role.KAFKA, 1);
  public static final Part CONNECT = of(Role.CONNECT, 1);
  public static final Part ZIPKIN = of(Role.ZIPKIN, 1);
  public static final Part ZOOKEEPER_1 = of(Role.ZOOKEEPER, 1);
  public static final Part INVENTORY_SERVICE = of(Role.INVENTORY_SERVICE, 1);
  public static final Part PAYMENT_SERVICE = of(Role.PAYMENT_SERVICE, 1);
  public static final Part ORDER_SERVICE = of(Role.ORDER_SERVICE, 1);
  public static final Part EDGE = of(Role.EDGE, 1);
  public static final Part SUPERVISOR = of(Role.SUPERVISOR, 1);
  public static final Part CONSOLE = of(Role.CONSOLE, 1);

  private final Role role;
  private final int ordinal;

  private Part(Role role, int ordinal) {
    this.role = role;
    this.ordinal = ordinal;
  }

  /** Every part that a platform may have, in the order in which they start. */
  public static List<Part> all() {
    return ALL;
  }

  /** A node of a role; the first has number 1. */
  public static Part of(Role role, int ordinal) {
    return ALL.stream()
        .filter(part -> part.role == role && part.ordinal == ordinal)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(role + " has no node " + ordinal));
  }

  /** The part of that name. */
  public static Part of(String id) {
    return ALL.stream()
        .filter(part -> part.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new PlatformException(
                    "no such part: " + Visible.line(id) + " (expected: " + ids(ALL) + ")"));
  }

  static String ids(List<Part> parts) {
    return parts.stream().map(Part::id).collect(Collectors.joining(", "));
  }

  /** A cell of a column that is as wide as the longest name of some parts, and not narrow. */
  static String column(String text, List<Part> parts) {
    int longest = parts.stream().mapToInt(part -> part.id().length()).max().orElse(0);
    return text + " ".repeat(Math.max(0, Math.max(NAME_WIDTH, longest) - text.length()));
  }

  /** Its work. */
  public Role role() {
    return role;
  }

  /** Its number among the nodes of its role; the first has number 1. */
  public int ordinal() {
    return ordinal;
  }

  /** The kind of its process. */
  public Role.Kind kind() {
    return role.kind();
  }

  /** As it is called on the command line, in logs and in compose. */
  public String id() {
    return role.nameOf(ordinal);
  }

  int defaultPort() {
    return role.portOf(ordinal);
  }

  boolean isDatabase() {
    return kind() == Role.Kind.DATABASE;
  }

  boolean isZooKeeper() {
    return kind() == Role.Kind.ZOOKEEPER;
  }

  boolean isBroker() {
    return kind() == Role.Kind.KAFKA;
  }

  boolean isSupervisor() {
    return kind() == Role.Kind.SUPERVISOR;
  }

  boolean isConsole() {
    return kind() == Role.Kind.CONSOLE;
  }

  boolean isService() {
    return kind() == Role.Kind.SERVICE;
  }

  /** Whether it is the only node of its role, or the first. */
  boolean isFirst() {
    return ordinal == 1;
  }

  /** The nodes of the quorum. */
  static List<Part> quorum() {
    return ALL.stream().filter(Part::isZooKeeper).toList();
  }

  /** {@code order} of {@code order-db}, {@code order-service} and {@code order-service-2}. */
  String domain() {
    return role.id().substring(0, role.id().indexOf('-'));
  }

  @Override
  public String toString() {
    return id();
  }
}
