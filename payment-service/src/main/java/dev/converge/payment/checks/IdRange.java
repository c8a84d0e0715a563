package dev.converge.payment.checks;

import java.math.BigInteger;
import java.util.List;
import java.util.UUID;

/** A range of UUIDv7 order ids, its end excluded. */
record IdRange(BigInteger from, BigInteger before) {
  private static final int ID_BITS = 128;
  private static final int MILLIS_BITS = 48;

  /** The ids of a period, its end excluded; in milliseconds since 1970. */
  static IdRange ofMillis(long from, long before) {
    return new IdRange(floor(from), floor(before));
  }

  // The lowest UUIDv7 of a millisecond (RFC 9562: its first 48 bits are the milliseconds).
  private static BigInteger floor(long millis) {
    return BigInteger.valueOf(millis).shiftLeft(ID_BITS - MILLIS_BITS);
  }

  private static UUID id(BigInteger number) {
    return new UUID(number.shiftRight(Long.SIZE).longValue(), number.longValue());
  }

  UUID fromId() {
    return id(from);
  }

  UUID beforeId() {
    return id(before);
  }

  /** The lower half, then the upper half. */
  List<IdRange> halves() {
    BigInteger middle = from.add(before).shiftRight(1);
    return List.of(new IdRange(from, middle), new IdRange(middle, before));
  }
}
