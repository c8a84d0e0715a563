package dev.converge.service.drain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connector needs of its database, as the catalogs say it is.
 *
 * @param slot null where there is none
 * @param role null where there is none
 */
record Source(@Nullable Slot slot, Publication publication, @Nullable Role role) {
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
    LACKS_OUTBOX("does not publish all of table outbox"),
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
