package dev.converge.lab.scale;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The share of an outbox that one of several slots reads: the rows whose key has one remainder of
 * its hash. All rows of a key have the same, so one reader sends them, in their order.
 *
 * @param number from 0
 * @param of the number of shares, a power of two
 */
record SlotShare(int number, int of) {
  SlotShare {
    if (Integer.bitCount(of) != 1 || number < 0 || number >= of) {
      throw new IllegalArgumentException("share " + number + " of " + of);
    }
  }

  static List<SlotShare> all(int of) {
    return IntStream.range(0, of).mapToObj(number -> new SlotShare(number, of)).toList();
  }

  /** The name of its slot, publication and connector. */
  String name() {
    return "lab_" + of + "_" + number;
  }

  /** The prefix of its connector's topics. It has no character that a regular expression reads. */
  String prefix() {
    return "lab" + of + "x" + number;
  }

  /**
   * Creates the publication. PostgreSQL admits built-in immutable functions in a filter; the mask
   * is the remainder of a hash, negative ones too.
   */
  String createPublication() {
    String filter = of == 1 ? "" : " WHERE (" + condition() + ")";
    return "CREATE PUBLICATION %s FOR TABLE outbox%s".formatted(name(), filter)
        + " WITH (publish = 'insert', publish_via_partition_root = true)";
  }

  /** Whether a row is of this share, in SQL. */
  String condition() {
    return "(hashtext(aggregateid) & %d) = %d".formatted(of - 1, number);
  }

  /** The connector's configuration, from that of the order service's own. */
  String connector(String ofOrders) {
    return ofOrders
        .replace("\"slot.name\": \"outbox\"", "\"slot.name\": \"" + name() + "\"")
        .replace("\"publication.name\": \"outbox\"", "\"publication.name\": \"" + name() + "\"")
        .replace("\"topic.prefix\": \"order\"", "\"topic.prefix\": \"" + prefix() + "\"")
        .replace("order\\\\.public", prefix() + "\\\\.public")
        .replace("__debezium-heartbeat\\\\.order", heartbeatPattern());
  }

  private String heartbeatPattern() {
    return "__debezium-heartbeat\\\\." + prefix();
  }

  /** The topic of the connector's heartbeats. */
  String heartbeats() {
    return "__debezium-heartbeat." + prefix();
  }
}
