package dev.converge.lab.load;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** The orders of a load: small baskets out of a few hundred items. */
public final class OrderBodies {
  private static final int SKUS = 200;
  private static final int CUSTOMERS = 10_000;

  private final Random random;

  OrderBodies(long seed) {
    this.random = new Random(seed);
  }

  /** The items that the load orders. */
  public static List<String> skus() {
    return IntStream.range(0, SKUS).mapToObj(OrderBodies::sku).toList();
  }

  private static String sku(int number) {
    return "bench-" + number;
  }

  /** The body of the next order: one or two lines. */
  String next() {
    int first = random.nextInt(SKUS);
    int lines = 1 + random.nextInt(2);
    StringBuilder body = new StringBuilder(160);
    body.append("{\"customerId\":\"bench-").append(random.nextInt(CUSTOMERS));
    body.append("\",\"currency\":\"EUR\",\"lines\":[");
    for (int line = 0; line < lines; line++) {
      body.append(line == 0 ? "" : ",");
      body.append("{\"sku\":\"").append(sku((first + line) % SKUS));
      body.append("\",\"quantity\":").append(1 + random.nextInt(3));
      body.append(",\"unitPriceMinor\":").append(100 + random.nextInt(9_900)).append('}');
    }
    return body.append("]}").toString();
  }
}
