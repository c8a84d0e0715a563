package dev.converge.lab.protocols;

import java.util.List;
import java.util.Map;

/**
 * The branches in doubt of all databases at one moment.
 *
 * @param atMillis since the load began
 * @param databases by domain; one that cannot be read is absent
 */
record InDoubtSample(double atMillis, Map<String, DatabaseSample> databases) {
  /**
   * One database.
   *
   * @param blockedWriters sessions that wait for a row of a branch in doubt and write, or lock rows
   * @param blockedReaders sessions that wait for one and only read
   */
  record DatabaseSample(List<Branch> branches, int blockedWriters, int blockedReaders) {
    DatabaseSample {
      branches = List.copyOf(branches);
    }
  }

  /**
   * A branch that waits for its decision.
   *
   * @param locked whether it is a prepared transaction, which holds its locks
   */
  record Branch(String gid, double ageMillis, boolean locked) {}
}
