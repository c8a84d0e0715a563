package dev.converge.platform;

import java.util.List;
import java.util.Locale;

/** The processes of the platform, in the order in which they start. */
public enum Part {
  ORDER_DB(Kind.DATABASE, 15_432),
  INVENTORY_DB(Kind.DATABASE, 15_433),
  PAYMENT_DB(Kind.DATABASE, 15_434),
  KAFKA(Kind.KAFKA, 9_092),
  CONNECT(Kind.CONNECT, 8_083),
  ZIPKIN(Kind.ZIPKIN, 9_411),
  ZOOKEEPER_1(Kind.ZOOKEEPER, 12_181),
  ZOOKEEPER_2(Kind.ZOOKEEPER, 12_182),
  ZOOKEEPER_3(Kind.ZOOKEEPER, 12_183),
  INVENTORY_SERVICE(Kind.SERVICE, 8_081),
  PAYMENT_SERVICE(Kind.SERVICE, 8_082),
  ORDER_SERVICE(Kind.SERVICE, 8_080);

  /** The kind of process of a part. */
  public enum Kind {
    DATABASE,
    KAFKA,
    CONNECT,
    ZIPKIN,
    /** A node of the quorum. Runs only with protocols. */
    ZOOKEEPER,
    SERVICE
  }

  private final Kind kind;
  private final int defaultPort;

  Part(Kind kind, int defaultPort) {
    this.kind = kind;
    this.defaultPort = defaultPort;
  }

  /** The kind of its process. */
  public Kind kind() {
    return kind;
  }

  int defaultPort() {
    return defaultPort;
  }

  /** As it is called on the command line, in logs and in compose. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean isDatabase() {
    return kind == Kind.DATABASE;
  }

  boolean isZooKeeper() {
    return kind == Kind.ZOOKEEPER;
  }

  /** The nodes of the quorum. */
  static List<Part> quorum() {
    return List.of(values()).stream().filter(Part::isZooKeeper).toList();
  }

  boolean isService() {
    return kind == Kind.SERVICE;
  }

  /** {@code order} of {@code order-db} and {@code order-service}. */
  String domain() {
    return id().substring(0, id().indexOf('-'));
  }

  /** The part of that name. */
  public static Part of(String id) {
    return List.of(values()).stream()
        .filter(part -> part.id().equals(id))
        .findFirst()
        .orElseThrow(
            () -> new PlatformException("no such part: " + id + " (expected: " + ids() + ")"));
  }

  static String ids() {
    return String.join(", ", List.of(values()).stream().map(Part::id).toList());
  }
}
