package dev.converge.lab.scale;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Checks the records of one measurement: each row once, and the rows of a key in their order. */
final class ArrivedRows {
  private final int rows;
  private final BitSet seen;
  private final Map<String, Integer> lastOfKey = new HashMap<>();
  private long doubled;
  private long outOfOrder;

  ArrivedRows(int rows) {
    this.rows = rows;
    this.seen = new BitSet(rows);
  }

  /**
   * A record has arrived.
   *
   * @param number of its row, from 0, in the order in which they were written
   */
  void add(String key, int number) {
    if (number < 0 || number >= rows || seen.get(number)) {
      doubled++;
      return;
    }
    seen.set(number);
    Integer last = lastOfKey.put(key, number);
    if (last != null && last > number) {
      outOfOrder++;
    }
  }

  boolean isComplete() {
    return seen.cardinality() == rows;
  }

  long lost() {
    return rows - (long) seen.cardinality();
  }

  long doubled() {
    return doubled;
  }

  long outOfOrder() {
    return outOfOrder;
  }
}
