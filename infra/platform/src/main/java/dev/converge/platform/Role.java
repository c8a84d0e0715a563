package dev.converge.platform;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The work of a process of the platform, in the order in which the parts start. */
public enum Role {
  ORDER_DB(Kind.DATABASE, 15_432),
  INVENTORY_DB(Kind.DATABASE, 15_433),
  PAYMENT_DB(Kind.DATABASE, 15_434),
  KAFKA(Kind.KAFKA, 9_092),
  CONNECT(Kind.CONNECT, 8_083),
  ZIPKIN(Kind.ZIPKIN, 9_411),
  ZOOKEEPER(Kind.ZOOKEEPER, 12_181),
  INVENTORY_SERVICE(Kind.SERVICE, 8_081),
  PAYMENT_SERVICE(Kind.SERVICE, 8_082),
  ORDER_SERVICE(Kind.SERVICE, 8_080),
  EDGE(Kind.EDGE, 8_084),
  SUPERVISOR(Kind.SUPERVISOR, 8_091),
  CONSOLE(Kind.CONSOLE, 8_090);

  /** The kind of process of a role. */
  public enum Kind {
    // The first is the primary, unless another was promoted; the others are standbys.
    DATABASE(1, 3),
    KAFKA(1, 3),
    CONNECT(1, 3),
    ZIPKIN(1, 1),
    /** The quorum. Runs only with protocols. */
    ZOOKEEPER(3, 3),
    SERVICE(1, 4),
    /** The proxy before the services. Runs only if one of them has several nodes. */
    EDGE(1, 1),
    /** Promotes standbys. Runs only with standbys. */
    SUPERVISOR(1, 1),
    /** The page. Runs only if {@code up} has not been asked to leave it out. */
    CONSOLE(1, 1);

    private final int fewest;
    private final int most;

    Kind(int fewest, int most) {
      this.fewest = fewest;
      this.most = most;
    }

    // Two brokers tolerate no loss: a majority of two is two.
    private boolean mayBe(int number) {
      return this != KAFKA || number % 2 == 1;
    }
  }

  /** The distance between the default ports of the nodes of a role. */
  private static final int PORTS_APART = 100;

  private final Kind kind;
  private final int firstPort;

  Role(Kind kind, int firstPort) {
    this.kind = kind;
    this.firstPort = firstPort;
  }

  /** The kind of its processes. */
  public Kind kind() {
    return kind;
  }

  /** As its first node is called; the folder of a service's module. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How many nodes it may have, in ascending order. */
  List<Integer> numbers() {
    return IntStream.rangeClosed(kind.fewest, kind.most).filter(kind::mayBe).boxed().toList();
  }

  /** How many nodes it has unless a scale says otherwise. */
  int fewest() {
    return kind.fewest;
  }

  /** Whether its number of nodes can be chosen. */
  boolean isScalable() {
    return kind.fewest < kind.most;
  }

  /** The nodes that it may have. */
  IntStream ordinals() {
    return IntStream.rangeClosed(1, kind.most);
  }

  // The first node has the role's name alone; the quorum always has several.
  String nameOf(int ordinal) {
    return ordinal == 1 && kind != Kind.ZOOKEEPER ? id() : id() + "-" + ordinal;
  }

  int portOf(int ordinal) {
    return firstPort + (ordinal - 1) * (kind == Kind.ZOOKEEPER ? 1 : PORTS_APART);
  }
}
