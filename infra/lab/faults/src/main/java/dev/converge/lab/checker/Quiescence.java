package dev.converge.lab.checker;

import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.platform.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reports what is still in progress on a platform: orders, payments, messages. The fault lab and
 * the system tests both wait for it to end; then {@link DatabaseInvariants} must hold.
 */
public final class Quiescence {
  private static final long POLL_MILLIS = 500;

  private final EvidenceReader reader;

  public Quiescence(EvidenceReader reader) {
    this.reader = reader;
  }

  /** Waits until nothing is in progress; returns false if that takes longer. */
  public boolean await(Duration within) throws InterruptedException {
    return reaches(within, () -> inProgress().isEmpty());
  }

  /**
   * Waits until the reconciler of each service has compared everything in its outbox since a
   * moment, and the messages that it published again are handled; returns false if that takes
   * longer.
   */
  public boolean awaitReconciled(Duration within, long sinceMicros) throws InterruptedException {
    return reaches(within, () -> isReconciled(sinceMicros) && inProgress().isEmpty());
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws SQLException;
  }

  private static boolean reaches(Duration within, Condition condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < within.toNanos()) {
      try {
        if (condition.holds()) {
          return true;
        }
      } catch (SQLException | RuntimeException notYet) {
        // A part that has just started does not answer yet.
      }
      Thread.sleep(POLL_MILLIS);
    }
    return false;
  }

  /** The work in progress, a line each; empty if there is none. */
  public List<String> inProgress() throws SQLException {
    List<String> found = new ArrayList<>();
    add(found, "order", "sagas", "SELECT count(*) FROM saga WHERE ended_at IS NULL");
    add(
        found,
        "payment",
        "payments",
        "SELECT count(*) FROM payment WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING')");
    for (Topology.Topic topic : Topology.consumedTopics()) {
      messages(found, topic);
    }
    // The cheap queries first: while they find something, the others do not matter.
    if (found.isEmpty()) {
      for (Topology.Topic topic : Topology.consumedTopics()) {
        unhandled(found, topic);
      }
      for (OffsetRow at : reader.offsets()) {
        if (at.committed() < at.end()) {
          found.add(
              at.consumer()
                  + " is at "
                  + at.committed()
                  + " of "
                  + at.end()
                  + " in "
                  + at.topic()
                  + " "
                  + at.partition());
        }
      }
    }
    return found;
  }

  private void add(List<String> found, String domain, String what, String sql) throws SQLException {
    long count = reader.count(domain, sql);
    if (count > 0) {
      found.add(count + " " + what + " have not ended");
    }
  }

  private static Topology.Service consumer(Topology.Topic topic) {
    Topology.Service consumer = topic.consumer();
    if (consumer == null) {
      throw new IllegalArgumentException(topic.name() + " has no consumer");
    }
    return consumer;
  }

  private void messages(List<String> found, Topology.Topic topic) throws SQLException {
    long published = 0;
    for (Topology.Service publisher : topic.publishers()) {
      // A message that was published again has two rows.
      published +=
          reader.count(
              publisher.domain(),
              "SELECT count(DISTINCT id) FROM outbox WHERE aggregatetype = '%s'"
                  .formatted(topic.name()));
    }
    // Parked messages are not counted: the lab sends poison that no service has published.
    long handled =
        reader.count(
            consumer(topic).domain(),
            "SELECT (SELECT count(*) FROM inbox) - (SELECT count(*) FROM dead_letter)");
    if (published > handled) {
      found.add(published + " messages to " + topic.name() + ", " + handled + " handled");
    }
  }

  private void unhandled(List<String> found, Topology.Topic topic) throws SQLException {
    Set<String> ids = new HashSet<>();
    for (Topology.Service publisher : topic.publishers()) {
      ids.addAll(
          reader.strings(
              publisher.domain(),
              "SELECT DISTINCT id::text FROM outbox WHERE aggregatetype = '%s'"
                  .formatted(topic.name())));
    }
    ids.removeAll(
        new HashSet<>(
            reader.strings(consumer(topic).domain(), "SELECT message_id::text FROM inbox")));
    if (!ids.isEmpty()) {
      found.add(ids.size() + " messages to " + topic.name() + " are not handled: " + ids);
    }
  }

  // A round that ends after this moment began after it, so it has seen everything that was lost
  // before.
  private boolean isReconciled(long sinceMicros) throws SQLException {
    for (String domain : Topology.domains()) {
      long past =
          reader.count(
              domain,
              """
              SELECT count(*) FROM outbox_reconciled
              WHERE compare_from IS NULL
                AND reconciled_to >= to_timestamp(%d / 1000000.0)
                AND reconciled_to >= (SELECT max(created_at) FROM outbox)
              """
                  .formatted(sinceMicros));
      if (past == 0) {
        return false;
      }
    }
    return true;
  }
}
