package dev.converge.lab.concepts;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Order ids as order-service creates them: UUIDs that begin with their time, version 7. */
final class OrderIds {
  private static final long FIRST_MILLIS = 1_796_000_000_000L;
  private static final int MOST_MILLIS_BETWEEN = 50;

  private OrderIds() {}

  /** The ids of orders one after the other; the same for the same seed. */
  static List<String> of(long seed, int count) {
    Random random = new Random(seed);
    List<String> ids = new ArrayList<>(count);
    long millis = FIRST_MILLIS;
    for (int order = 0; order < count; order++) {
      millis += random.nextInt(MOST_MILLIS_BETWEEN);
      long most = millis << 16 | 0x7000 | random.nextInt(1 << 12);
      long least = random.nextLong() >>> 2 | Long.MIN_VALUE;
      ids.add(new UUID(most, least).toString());
    }
    return ids;
  }
}
