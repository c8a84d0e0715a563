package dev.converge.service.http.json;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON number as an integer by the rules of JSON Schema and OpenAPI 3.1: 2, 2.0 and 20e-1 are the
 * same integer. The time is linear in the literal's length and independent of its exponent.
 *
 * @param isInteger whether it has no fraction
 * @param value the integer; null for a fraction, and beyond 64 bits
 */
record JsonInteger(boolean isInteger, @Nullable Long value) {
  private static final Pattern NUMBER =
      Pattern.compile("(-?)([0-9]++)(?:\\.([0-9]++))?(?:[eE]([+-]?)0*+([0-9]*+))?");
  // More than the digits of the largest body, so no fraction can compensate for it.
  private static final int LARGE_EXPONENT = 1_000_000_000;
  private static final int MOST_DIGITS = 19;

  static JsonInteger of(String literal) {
    Matcher number = NUMBER.matcher(literal);
    if (!number.matches()) {
      throw new IllegalArgumentException("not a JSON number");
    }
    String fraction = number.group(3) == null ? "" : number.group(3);
    String digits = number.group(2) + fraction;
    int first = firstSignificant(digits);
    if (first == digits.length()) {
      return new JsonInteger(true, 0L);
    }
    int last = lastSignificant(digits);
    // Its value is digits[first..last] times ten to the power of this.
    long scale = exponent(number) - fraction.length() + (digits.length() - 1 - last);
    if (scale < 0) {
      return new JsonInteger(false, null);
    }
    if (last - first + 1 + scale > MOST_DIGITS) {
      return new JsonInteger(true, null);
    }
    BigInteger value =
        new BigInteger(
            number.group(1) + digits.substring(first, last + 1) + "0".repeat((int) scale));
    return new JsonInteger(true, value.bitLength() < Long.SIZE ? value.longValue() : null);
  }

  private static int firstSignificant(String digits) {
    int first = 0;
    while (first < digits.length() && digits.charAt(first) == '0') {
      first++;
    }
    return first;
  }

  private static int lastSignificant(String digits) {
    int last = digits.length() - 1;
    while (digits.charAt(last) == '0') {
      last--;
    }
    return last;
  }

  private static long exponent(Matcher number) {
    String digits = number.group(5);
    if (digits == null || digits.isEmpty()) {
      return 0;
    }
    long size = digits.length() > 9 ? LARGE_EXPONENT : Long.parseLong(digits);
    return number.group(4).equals("-") ? -size : size;
  }
}
