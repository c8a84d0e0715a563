package dev.converge.contracts;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The rules of the message schemas, for the compact constructors of message records. A broken rule
 * is an {@link IllegalArgumentException} that begins with the field's name. It does not repeat a
 * text, which may be long and is untrusted.
 */
public final class MessageFields {
  /** A stock-keeping unit. */
  public static final Pattern SKU = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /** A means of payment. */
  public static final Pattern PAYMENT_TOKEN = Pattern.compile("tok_[A-Za-z0-9_]{1,60}");

  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");

  /** Most lines of an order. */
  public static final int MAX_LINES = 100;

  /** Most units of a line. */
  public static final int MAX_QUANTITY = 10_000;

  /** The largest amount that every JSON reader holds exactly (RFC 8259, section 6). */
  public static final long MAX_AMOUNT_MINOR = 9_007_199_254_740_991L;

  private MessageFields() {}

  /** The whole value matches. */
  public static void requireMatch(String field, String value, Pattern pattern) {
    if (!pattern.matcher(value).matches()) {
      throw broken(field, "must match " + pattern.pattern());
    }
  }

  /** Both bounds are allowed values. */
  public static void requireRange(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw broken(field, value + " (expected: " + least + " to " + most + ")");
    }
  }

  /** The value is one of the allowed ones. */
  public static void requireOneOf(String field, String value, Set<String> allowed) {
    if (!allowed.contains(value)) {
      throw broken(field, "must be one of " + new TreeSet<>(allowed));
    }
  }

  /** The value is an active currency. */
  public static void requireCurrency(String field, String value) {
    if (!Currencies.isActive(value)) {
      // A withdrawn code is repeated, because it is a code. Other texts are untrusted.
      String code = CURRENCY.matcher(value).matches() ? ", which " + value + " is not" : "";
      throw broken(field, "must be an active currency of ISO 4217" + code);
    }
  }

  /** Requires 1 to {@code most} elements, none of them null. */
  public static void requireElements(String field, List<?> elements, int most) {
    if (elements.isEmpty() || elements.size() > most) {
      throw broken(field, elements.size() + " elements (expected: 1 to " + most + ")");
    }
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) == null) {
        throw broken(field + "/" + i, "must not be null");
      }
    }
  }

  private static IllegalArgumentException broken(String field, String rule) {
    return new IllegalArgumentException(field + ": " + rule);
  }
}
