package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.Connector.Absent;
import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Source.Role;
import dev.converge.outbox.housekeeping.Source.Slot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which repairs are due. A state that may be an operator's intermediate step is repaired
 * after a delay only; a connector that an operator has halted is not repaired.
 */
final class RepairPlan {
  /** Longer than a worker needs to start, or an operator to register a connector again. */
  static final Duration GONE_FOR = Duration.ofSeconds(20);

  /** Enough for an operator who recreates a publication. */
  static final Duration UNPUBLISHED_FOR = Duration.ofSeconds(8);

  static final Duration STANDING_FOR = Duration.ofSeconds(20);

  private final Map<Repair, Long> sinceNanos = new EnumMap<>(Repair.class);
  private final RepeatedFailure repeated = new RepeatedFailure();

  /**
   * The repairs that are due now.
   *
   * @param waiting how long the oldest message has waited while the connector confirmed nothing
   * @param standing how long the connector has confirmed nothing, whether or not a message waits
   */
  List<Repair> due(
      Connector connector, Source source, Duration waiting, Duration standing, long nowNanos) {
    boolean halted = connector instanceof Registered registered && registered.isHalted();
    Slot slot = source.slot();
    if (connector instanceof Registered registered && slot != null) {
      repeated.seen(registered, slot.confirmed(), nowNanos);
    }
    List<Repair> due = new ArrayList<>();
    for (Repair repair : Repair.values()) {
      boolean wanted = !halted && isWanted(repair, connector, source, waiting, standing, nowNanos);
      if (!wanted) {
        sinceNanos.remove(repair);
      } else if (isDue(repair, nowNanos)) {
        due.add(repair);
      }
    }
    if (due.contains(Repair.REPLACE_SLOT)) {
      repeated.replaced();
    }
    return due;
  }

  private boolean isDue(Repair repair, long nowNanos) {
    Long since = sinceNanos.putIfAbsent(repair, nowNanos);
    return nowNanos - (since == null ? nowNanos : since) >= delay(repair).toNanos();
  }

  private static Duration delay(Repair repair) {
    return switch (repair) {
      case RESTART_FAILED, CREATE_HEARTBEAT_TOPIC, TEST_SLOT, REPLACE_SLOT -> Duration.ZERO;
      case RESTART_CONNECTOR, REGISTER -> GONE_FOR;
      case REPAIR_PUBLICATION -> UNPUBLISHED_FOR;
    };
  }

  private boolean isWanted(
      Repair repair,
      Connector connector,
      Source source,
      Duration waiting,
      Duration standing,
      long nowNanos) {
    return switch (repair) {
      case RESTART_FAILED -> connector instanceof Registered registered && registered.hasFailed();
      case RESTART_CONNECTOR ->
          connector instanceof Registered registered
              && registered.connector().is("RUNNING")
              && registered.tasks().isEmpty();
      case REGISTER -> connector instanceof Absent;
      case REPAIR_PUBLICATION -> source.publication() != Publication.COMPLETE;
      // Without its topic the connector waits at the next heartbeat, before any message does.
      case CREATE_HEARTBEAT_TOPIC ->
          standing.compareTo(STANDING_FOR) >= 0 && couldRead(connector, source);
      case TEST_SLOT -> waiting.compareTo(STANDING_FOR) >= 0 && couldRead(connector, source);
      case REPLACE_SLOT -> repeated.isPermanent(nowNanos) && couldRead(connector, source);
    };
  }

  private static boolean couldRead(Connector connector, Source source) {
    return connector instanceof Registered
        && source.publication().publishesOutbox()
        && canConnect(source.role())
        && canBeRead(source.slot());
  }

  private static boolean canConnect(@Nullable Role role) {
    return role != null && role.barred().isEmpty();
  }

  private static boolean canBeRead(@Nullable Slot slot) {
    return slot != null && slot.foreign() == null && !slot.isLost();
  }
}
