package dev.converge.lab.concepts;

/**
 * Jump consistent hash, after figure 1 of J. Lamping, E. Veach: A Fast, Minimal Memory, Consistent
 * Hash Algorithm, 2014 (arXiv:1406.2294). It needs no ring, but can remove only the last replica.
 * Pure.
 */
final class JumpHash {
  private static final long MULTIPLIER = 2862933555777941757L;

  private JumpHash() {}

  /** The replica of a hashed key, as its index. */
  static int select(long hash, int replicas) {
    long key = hash;
    long selected = -1;
    long next = 0;
    while (next < replicas) {
      selected = next;
      key = key * MULTIPLIER + 1;
      next = (long) ((selected + 1) * ((double) (1L << 31) / ((key >>> 33) + 1)));
    }
    return (int) selected;
  }
}
