package dev.converge.outbox.housekeeping;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of what a connector needs in its database, from the system catalogs.
 *
 * @param slot null if it does not exist
 * @param role null if it does not exist
 * @param foreignOwner the publication's owner, if the repair function may not change it; else null
 */
record Source(
    @Nullable Slot slot,
    Publication publication,
    @Nullable Role role,
    @Nullable ForeignOwner foreignOwner) {
  /** Of a database that could not be read: it requires no repair. */
  static final Source UNREAD =
      new Source(null, Publication.COMPLETE, new Role(List.of(), List.of()));

  Source(@Nullable Slot slot, Publication publication, @Nullable Role role) {
    this(slot, publication, role, null);
  }

  /**
   * The replication slot.
   *
   * @param walStatus {@code lost} if its log was removed
   * @param active whether it has a reader
   * @param confirmed the position of the log that its reader has confirmed
   * @param foreign why the connector cannot use it, such as {@code is a physical slot}; else null
   */
  record Slot(String walStatus, boolean active, long confirmed, @Nullable String foreign) {
    Slot(String walStatus, boolean active, long confirmed) {
      this(walStatus, active, confirmed, null);
    }

    boolean isLost() {
      return walStatus.equals("lost");
    }
  }

  /** The state of the publication. */
  enum Publication {
    COMPLETE("is complete"),
    ABSENT("does not exist"),
    LACKS_OUTBOX("does not publish table outbox"),
    LACKS_INSERTS("does not publish inserts"),
    LACKS_ROOT("publishes the partitions of table outbox under their own names"),
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
   * @param repairer the role that repairs, as SQL
   * @param movable whether the publication may belong to a role without superuser
   */
  record ForeignOwner(String name, String repairer, boolean movable) {
    /** The statement with which a superuser makes the publication repairable. */
    String remedy(String publication) {
      return movable
          ? "ALTER PUBLICATION %s OWNER TO %s".formatted(publication, repairer)
          : "DROP PUBLICATION " + publication;
    }
  }

  /**
   * The role that the connector connects as.
   *
   * @param barred missing privileges without which it cannot connect to read the log
   * @param lacking missing privileges without which some of its statements fail
   */
  record Role(List<String> barred, List<String> lacking) {
    Role {
      barred = List.copyOf(barred);
      lacking = List.copyOf(lacking);
    }
  }
}
