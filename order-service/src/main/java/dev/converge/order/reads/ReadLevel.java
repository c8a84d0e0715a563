package dev.converge.order.reads;

import java.util.Optional;

/** The promise of a read. Each level knows which node fulfils it. */
public sealed interface ReadLevel {
  /** Its name in headers and metrics. */
  String label();

  /** Whether a replica at this position may answer. */
  boolean isMetByReplica(NodePosition replica);

  /** Whether the primary at this position may answer. */
  default boolean isMetByPrimary(NodePosition primary) {
    return true;
  }

  /** Whether waiting a moment helps a replica that may not answer yet. */
  default boolean waits() {
    return false;
  }

  /** Whether replicas are asked at all. */
  default boolean asksReplicas() {
    return true;
  }

  /** Whether replicas that did not answer a moment ago are asked when nothing else is left. */
  default boolean asksSilentReplicas() {
    return false;
  }

  /** Linearizable: the primary answers, and proves that it is one. */
  record Strong() implements ReadLevel {
    @Override
    public String label() {
      return "strong";
    }

    @Override
    public boolean isMetByReplica(NodePosition replica) {
      return false;
    }

    @Override
    public boolean asksReplicas() {
      return false;
    }
  }

  /**
   * Shows all that the session has written and seen.
   *
   * @param token of the session's last answer; empty for a session that begins
   */
  record Session(Optional<ConsistencyToken> token) implements ReadLevel {
    @Override
    public String label() {
      return "session";
    }

    @Override
    public boolean isMetByReplica(NodePosition replica) {
      return token.map(seen -> seen.isReachedBy(replica)).orElse(true);
    }

    @Override
    public boolean isMetByPrimary(NodePosition primary) {
      return token.map(seen -> seen.isShownBy(primary)).orElse(true);
    }

    @Override
    public boolean waits() {
      return token.isPresent();
    }
  }

  /**
   * Shows the state of at most this long ago.
   *
   * @param millis before the request arrived
   */
  record Bounded(long millis) implements ReadLevel {
    @Override
    public String label() {
      return "bounded";
    }

    @Override
    public boolean isMetByReplica(NodePosition replica) {
      return replica.staleMillis() <= millis;
    }
  }

  /** Shows a state that was true at some time. */
  record Eventual() implements ReadLevel {
    @Override
    public String label() {
      return "eventual";
    }

    @Override
    public boolean isMetByReplica(NodePosition replica) {
      return true;
    }

    @Override
    public boolean asksSilentReplicas() {
      return true;
    }
  }
}
