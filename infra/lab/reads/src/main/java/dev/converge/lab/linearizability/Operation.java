package dev.converge.lab.linearizability;

/**
 * One operation on a register, by a client's clock. Each value is written once, and the register
 * begins with {@link #INITIAL}.
 *
 * @param end when it was answered; {@link #NEVER} for a write without an answer, which may take
 *     effect at any time
 */
public record Operation(boolean isWrite, long value, long start, long end) {
  /** The value that the register has before the first write. */
  public static final long INITIAL = 0;

  /** The end of a write that was not answered. */
  public static final long NEVER = Long.MAX_VALUE;

  public Operation {
    if (end < start || (!isWrite && end == NEVER) || (isWrite && value == INITIAL)) {
      throw new IllegalArgumentException(
          (isWrite ? "write of " : "read of ") + value + " from " + start + " to " + end);
    }
  }

  public static Operation write(long value, long start, long end) {
    return new Operation(true, value, start, end);
  }

  public static Operation read(long value, long start, long end) {
    return new Operation(false, value, start, end);
  }

  boolean isPending() {
    return end == NEVER;
  }
}
