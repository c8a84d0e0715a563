package dev.converge.platform;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The state of a database as the supervisor sees it at one moment.
 *
 * @param primary the node with the primary's port
 * @param names the standbys that commits wait for, as the primary has them in effect; empty if that
 *     is not known
 * @param standbys by their names
 */
record Sight(Primary primary, Optional<Set<String>> names, Map<String, Standby> standbys) {
  Sight {
    standbys = Map.copyOf(standbys);
    names = names.map(Set::copyOf);
  }

  /** How the primary is seen. */
  enum Primary {
    /** It answers. */
    ANSWERS,
    /** Its process lives, and it has not answered for a moment. */
    SILENT,
    /** Its process lives, and it has not answered for as long as is tolerated. */
    UNRESPONSIVE,
    /** No process of it lives. */
    ENDED
  }

  /**
   * A standby.
   *
   * @param link to the primary
   * @param confirmed whether it has all that was committed when the names came into effect
   * @param received the position up to which it has the log on its disk; empty if it does not
   *     answer
   * @param slot whether it has the outbox's slot, complete
   * @param recovering whether it is still a standby, if it answers
   */
  record Standby(
      Link link, boolean confirmed, Optional<Long> received, boolean slot, boolean recovering) {}

  /** Whether a standby receives the primary's log. */
  enum Link {
    /** It receives it, and has nearly all of it. */
    CURRENT,
    /** It receives it, and has to catch up. */
    CATCHING_UP,
    /** It does not receive it, for a moment. */
    INTERRUPTED,
    /** It does not receive it, for longer than commits may wait. */
    LOST
  }

  /** A standby, if it is one. */
  Optional<Standby> standby(String name) {
    return Optional.ofNullable(standbys.get(name));
  }

  /** The standbys that commits should wait for. */
  Set<String> wanted(Set<String> now) {
    Set<String> wanted = new TreeSet<>();
    standbys.forEach(
        (name, standby) -> {
          boolean stays = now.contains(name) && standby.link() != Link.LOST;
          if (stays || standby.link() == Link.CURRENT) {
            wanted.add(name);
          }
        });
    return wanted;
  }
}
