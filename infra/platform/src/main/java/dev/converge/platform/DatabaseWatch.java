package dev.converge.platform;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sees what happens to one database, and takes the step that {@link Supervision} decides. What it
 * remembers between two steps is only how long something has lasted.
 */
final class DatabaseWatch implements AutoCloseable {
  /** How long commits, and the outbox, wait for a standby that does not answer. */
  static final Duration STANDBY_ANSWERS_WITHIN = Duration.ofSeconds(5);

  /** How long a primary whose process lives may give no answer. */
  static final Duration PRIMARY_ANSWERS_WITHIN = Duration.ofSeconds(10);

  // A standby sends its position each second.
  private static final Duration FRESH = Duration.ofMillis(2_500);

  private static final Duration HASTEN_EVERY = Duration.ofSeconds(1);

  private final DatabaseCluster cluster;
  private final Map<Part, Connection> connections = new HashMap<>();
  private final Map<String, Reply> replies = new HashMap<>();
  private final Map<String, Replication.Node> before = new HashMap<>();
  private Optional<Set<String>> known = Optional.empty();
  private long sample = Long.MAX_VALUE;
  private boolean sampleNext;
  private long answered = System.nanoTime();
  private long looked = System.nanoTime();
  private long hastened = looked;
  private @Nullable Sight last;

  /** The time of a standby's last message, by its clock, and when it was seen to change. */
  private record Reply(long sent, long changed) {}

  DatabaseWatch(DatabaseCluster cluster) {
    this.cluster = cluster;
  }

  /** The state that was seen before the last step. */
  Optional<Sight> last() {
    return Optional.ofNullable(last);
  }

  /** Looks, and takes one step; its caller holds the database's lock. */
  Supervision.Step step() throws SQLException {
    DatabaseNodes nodes = cluster.nodes();
    Sight sight = observe(nodes);
    last = sight;
    hastenSlots(nodes, sight);
    Supervision.Step step = Supervision.next(nodes, sight);
    take(step, nodes);
    return step;
  }

  // A standby can complete the slot only once the primary's has moved past the point from which the
  // standby keeps the log; a snapshot in the log lets it move. PostgreSQL itself writes one in 15
  // s.
  // And a standby whose primary was replaced synchronizes slots again only when a new connection
  // wakes its main process, or after a minute.
  private void hastenSlots(DatabaseNodes nodes, Sight sight) throws SQLException {
    List<String> missing =
        nodes.confirming().stream()
            .filter(name -> sight.standby(name).filter(DatabaseWatch::lacksSlot).isPresent())
            .toList();
    if (!missing.isEmpty()
        && sight.primary() == Sight.Primary.ANSWERS
        && System.nanoTime() - hastened > HASTEN_EVERY.toNanos()) {
      hastened = System.nanoTime();
      Replication.logSnapshot(connection(Part.of(nodes.primary())));
      missing.forEach(name -> forgetConnection(Part.of(name)));
    }
  }

  private static boolean lacksSlot(Sight.Standby standby) {
    return standby.received().isPresent() && !standby.slot();
  }

  private void take(Supervision.Step step, DatabaseNodes nodes) throws SQLException {
    if (step instanceof Supervision.Step.Store store) {
      cluster.save(store.nodes());
      if (!store.nodes().nodes().equals(nodes.nodes())) {
        close();
      }
    } else if (step instanceof Supervision.Step.WaitFor wait) {
      waitFor(Part.of(nodes.primary()), wait.standbys());
    } else if (step instanceof Supervision.Step.Fence fence) {
      cluster.fence(Part.of(fence.node()));
    } else if (step instanceof Supervision.Step.Promote promote) {
      forgetConnection(Part.of(promote.node()));
      if (!cluster.promote(Part.of(promote.node()))) {
        System.out.println(
            promote.node()
                + " did not have the outbox's slot: it is recreated, and the reconciler publishes"
                + " again what it does not read");
      }
    } else if (step instanceof Supervision.Step.Open open) {
      cluster.open(Part.of(open.node()));
    }
  }

  private void waitFor(Part primary, Set<String> standbys) throws SQLException {
    known = Optional.empty();
    cluster.waitFor(primary, standbys);
    known = Optional.of(standbys);
    // Taken in the next look: until then the outbox's reader, too, knows the standbys.
    sample = Long.MAX_VALUE;
    sampleNext = true;
  }

  Sight observe(DatabaseNodes nodes) {
    long begin = System.nanoTime();
    if (begin - looked > FRESH.toNanos()) {
      // This process itself was paused: nothing can be said about the others.
      answered = begin;
      forgetSilence();
    }
    Part primary = Part.of(nodes.primary());
    Map<String, Replication.Link> links = links(primary);
    if (links != null && last != null && last.primary() != Sight.Primary.ANSWERS) {
      // The standbys could not send it anything.
      forgetSilence();
    }
    Sight.Primary seen = seen(primary, links != null);
    if (seen != Sight.Primary.ANSWERS) {
      known = Optional.empty();
    }
    Map<String, Sight.Standby> standbys = new HashMap<>();
    for (String name : nodes.standbys()) {
      standbys.put(name, standby(name, links));
    }
    looked = System.nanoTime();
    return new Sight(seen, known, standbys);
  }

  /** The standbys' links; null if the primary does not answer. */
  private @Nullable Map<String, Replication.Link> links(Part primary) {
    try {
      Connection connection = connection(primary);
      if (sampleNext) {
        sample = Replication.flushed(connection);
        sampleNext = false;
      }
      Map<String, Replication.Link> links = Replication.links(connection);
      answered = System.nanoTime();
      return links;
    } catch (SQLException unanswered) {
      forgetConnection(primary);
      return null;
    }
  }

  private Sight.Primary seen(Part primary, boolean answers) {
    if (answers) {
      return Sight.Primary.ANSWERS;
    }
    if (!cluster.isRunning(primary)) {
      return cluster.anyProcessOf(primary) ? Sight.Primary.UNRESPONSIVE : Sight.Primary.ENDED;
    }
    return System.nanoTime() - answered < PRIMARY_ANSWERS_WITHIN.toNanos()
        ? Sight.Primary.SILENT
        : Sight.Primary.UNRESPONSIVE;
  }

  private void forgetSilence() {
    long now = System.nanoTime();
    replies.replaceAll((name, reply) -> new Reply(reply.sent(), now));
  }

  private Sight.Standby standby(String name, @Nullable Map<String, Replication.Link> links) {
    Replication.Link link = links == null ? null : links.get(Replication.slot(name));
    Sight.Link state = state(name, link);
    // One that does not answer would delay the look, and with it the end of the wait for it.
    boolean asked = links == null || state == Sight.Link.CURRENT || state == Sight.Link.CATCHING_UP;
    Optional<Replication.Node> node = asked ? node(name) : Optional.empty();
    Optional<Long> received =
        node.flatMap(now -> Replication.certain(now, Optional.ofNullable(before.put(name, now))));
    return new Sight.Standby(
        state,
        link != null && link.flushed() >= sample,
        received,
        node.map(Replication.Node::slot).orElse(false),
        node.map(Replication.Node::recovering).orElse(true));
  }

  private Sight.Link state(String name, Replication.@Nullable Link link) {
    long now = System.nanoTime();
    Reply reply = replies.computeIfAbsent(name, first -> new Reply(0, now));
    if (link != null && link.replied() != reply.sent()) {
      reply = new Reply(link.replied(), now);
      replies.put(name, reply);
    }
    long silent = now - reply.changed();
    if (link != null && reply.sent() != 0 && silent < FRESH.toNanos()) {
      return link.current() ? Sight.Link.CURRENT : Sight.Link.CATCHING_UP;
    }
    return silent < STANDBY_ANSWERS_WITHIN.toNanos() ? Sight.Link.INTERRUPTED : Sight.Link.LOST;
  }

  private Optional<Replication.Node> node(String name) {
    Part part = Part.of(name);
    if (!cluster.isRunning(part)) {
      forgetConnection(part);
      before.remove(name);
      return Optional.empty();
    }
    try {
      return Optional.of(Replication.node(connection(part)));
    } catch (SQLException unanswered) {
      forgetConnection(part);
      before.remove(name);
      return Optional.empty();
    }
  }

  private Connection connection(Part part) throws SQLException {
    Connection open = connections.get(part);
    if (open == null) {
      open = cluster.connect(part, "postgres");
      connections.put(part, open);
    }
    return open;
  }

  private void forgetConnection(Part part) {
    Connection open = connections.remove(part);
    if (open != null) {
      try {
        open.close();
      } catch (SQLException broken) {
        // It is not used again either way.
      }
    }
  }

  @Override
  public void close() {
    List.copyOf(connections.keySet()).forEach(this::forgetConnection);
    before.clear();
    known = Optional.empty();
  }
}
