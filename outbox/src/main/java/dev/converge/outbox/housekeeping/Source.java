package dev.converge.outbox.housekeeping;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connector needs of its database, as the catalogs say it is.
 *
 * @param slot null where there is none
 * @param role null where there is none
 * @param foreignOwner of the publication, where those who repair it may not; null otherwise
 */
record Source(
    @Nullable Slot slot,
    Publication publication,
    @Nullable Role role,
    @Nullable ForeignOwner foreignOwner) {
  Source(@Nullable Slot slot, Publication publication, @Nullable Role role) {
    this(slot, publication, role, null);
  }

  /**
   * The replication slot.
   *
   * @param walStatus {@code lost} where the log it needs is gone
   * @param active whether somebody reads it
   * @param confirmed up to which position of the log its reader is done
   */
  record Slot(String walStatus, boolean active, long confirmed) {
    boolean isLost() {
      return walStatus.equals("lost");
    }
  }

  /** What is published of the tables. */
  enum Publication {
    COMPLETE("is complete"),
    ABSENT("does not exist"),
    LACKS_OUTBOX("does not publish table outbox"),
    LACKS_INSERTS("does not publish inserts"),
    LACKS_ROOT("publishes the partitions of table outbox under names of their own"),
    FILTERS_ROWS("publishes some rows of table outbox only, by a WHERE"),
    FILTERS_COLUMNS("publishes some columns of table outbox only"),
    LACKS_HEARTBEAT("does not publish all of table debezium_heartbeat");

    private final String what;

    Publication(String what) {
      this.what = what;
    }

    String what() {
      return what;
    }

    boolean publishesOutbox() {
      return this == COMPLETE || this == LACKS_HEARTBEAT;
    }
  }

  /**
   * A role that owns the publication.
   *
   * @param name as SQL
   * @param repairer who makes repairs, as SQL
   * @param movable whether the publication may belong to a role that is no superuser
   */
  record ForeignOwner(String name, String repairer, boolean movable) {
    /** What a superuser has to run, so that the publication can be repaired. */
    String remedy(String publication) {
      return movable
          ? "ALTER PUBLICATION %s OWNER TO %s".formatted(publication, repairer)
          : "DROP PUBLICATION " + publication;
    }
  }

  /**
   * The role that the connector connects as.
   *
   * @param barred rights without which it cannot connect to read the log
   * @param lacking rights without which some of its statements fail
   */
  record Role(List<String> barred, List<String> lacking) {
    Role {
      barred = List.copyOf(barred);
      lacking = List.copyOf(lacking);
    }
  }
}
