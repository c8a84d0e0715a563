package dev.converge.platform;

import java.util.List;
import java.util.Locale;

/** The processes of the platform, in the order in which they start. */
public enum Part {
  ORDER_DB(15_432),
  INVENTORY_DB(15_433),
  PAYMENT_DB(15_434),
  KAFKA(9_092),
  CONNECT(8_083),
  ZIPKIN(9_411),
  INVENTORY_SERVICE(8_081),
  PAYMENT_SERVICE(8_082),
  ORDER_SERVICE(8_080);

  private final int defaultPort;

  Part(int defaultPort) {
    this.defaultPort = defaultPort;
  }

  int defaultPort() {
    return defaultPort;
  }

  /** As it is called on the command line, in logs and in compose. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean isDatabase() {
    return this == ORDER_DB || this == INVENTORY_DB || this == PAYMENT_DB;
  }

  boolean isService() {
    return this == ORDER_SERVICE || this == INVENTORY_SERVICE || this == PAYMENT_SERVICE;
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
