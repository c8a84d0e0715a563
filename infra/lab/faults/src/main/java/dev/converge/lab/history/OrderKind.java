package dev.converge.lab.history;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;

/** The kinds of orders of a history, by the outcome that they are meant to have. */
public enum OrderKind {
  PLAIN(58, "tok_ok", "lab-"),
  SLOW(8, "tok_slow", "lab-"),
  DECLINED(8, "tok_declined", "lab-"),
  ANSWER_LOST(8, "tok_answer_lost", "lab-"),
  /** Of an item that is never there. */
  OUT_OF_STOCK(6, "tok_ok", "lab-none"),
  /** Of an item of which there is not enough for all. */
  SCARCE(8, "tok_ok", "lab-scarce"),
  UNAVAILABLE(1, "tok_unavailable", "lab-"),
  /** Breaks a rule: must be refused, and leave nothing behind. */
  INVALID(3, "tok_ok", "lab-"),
  /** One unit of an item that many want concurrently, before anything else is requested. */
  CONTENDED(0, "tok_ok", "lab-contended"),
  /** Requested many times concurrently with one key, before anything else is. */
  EQUAL(0, "tok_ok", "lab-");

  /** The item that every fault of a hot row is about. */
  public static final String HOT = "lab-hot";

  /** The item of which there is not enough. */
  public static final String SCARCE_SKU = "lab-scarce";

  /** The item that many want concurrently. */
  public static final String CONTENDED_SKU = "lab-contended";

  /** The item that is never there. */
  public static final String MISSING_SKU = "lab-none";

  private static final String INVALID_MARK = "-invalid-";
  private static final int SKUS = 12;
  private static final int TOTAL = 100;

  private final int percent;
  private final String token;
  private final String sku;

  OrderKind(int percent, String token, String sku) {
    this.percent = percent;
    this.token = token;
    this.sku = sku;
  }

  static OrderKind next(SplittableRandom random) {
    int left = random.nextInt(TOTAL);
    for (OrderKind kind : values()) {
      left -= kind.percent;
      if (left < 0) {
        return kind;
      }
    }
    return PLAIN;
  }

  /** The key of an order of this kind: it shows whether the order is meant to be refused. */
  String key(String run, UUID id) {
    return run + (this == INVALID ? INVALID_MARK : "-") + id;
  }

  /** Whether the order with that key breaks a rule, and so must be refused. */
  public static boolean isInvalid(String key) {
    return key.contains(INVALID_MARK);
  }

  /** Whether an order, by its kind's label, belongs to the burst at the start. */
  public static boolean isOfCrowd(String label) {
    return label.equals(CONTENDED.label()) || label.equals(EQUAL.label());
  }

  /** The items of which there is plenty. */
  public static List<String> plenty() {
    List<String> skus = new java.util.ArrayList<>(List.of(HOT));
    for (int number = 0; number < SKUS; number++) {
      skus.add("lab-" + number);
    }
    return List.copyOf(skus);
  }

  /** The order's body. The key is the customer's name, so each order names its request. */
  String body(String key, SplittableRandom random) {
    StringBuilder body = new StringBuilder(240);
    body.append("{\"customerId\":\"").append(customer(key));
    body.append("\",\"currency\":\"EUR\",\"paymentToken\":\"").append(token);
    body.append("\",\"lines\":[");
    int first = random.nextInt(SKUS);
    int lines = this == CONTENDED ? 1 : 1 + random.nextInt(2);
    for (int line = 0; line < lines; line++) {
      body.append(line == 0 ? "" : ",");
      body.append("{\"sku\":\"").append(sku(line, first, random));
      int some = 1 + random.nextInt(3);
      int quantity = this == INVALID ? -1 : this == CONTENDED ? 1 : some;
      body.append("\",\"quantity\":").append(quantity);
      body.append(",\"unitPriceMinor\":").append(100 + random.nextInt(9_900)).append('}');
    }
    return body.append("]}").toString();
  }

  private String sku(int line, int first, SplittableRandom random) {
    if (line == 0 && !sku.endsWith("-")) {
      return sku;
    }
    boolean hot = line == 0 && random.nextInt(8) == 0;
    return hot ? HOT : "lab-" + (first + line) % SKUS;
  }

  /** Whose an order with that key is. */
  public static String customer(String key) {
    return "lab-" + key;
  }

  /** How a history calls this kind. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
