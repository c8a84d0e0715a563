package dev.converge.outbox.housekeeping;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.converge.outbox.housekeeping.Connector.Absent;
import dev.converge.outbox.housekeeping.Connector.Part;
import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Connector.Unknown;
import dev.converge.outbox.housekeeping.Source.ForeignOwner;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Source.Role;
import dev.converge.outbox.housekeeping.Source.Slot;
import dev.converge.outbox.housekeeping.Stall.Progress;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why an outbox is not drained, as a cause and as a sentence. Of several faults, the first in this
 * order is named: an operator's decision, an unavailable system, a missing object, a failure, and
 * last a connector that is slow or stuck for no visible reason.
 */
record Diagnosis(DrainCause cause, String text) {
  /**
   * An observation of an outbox whose messages wait.
   *
   * @param names of the connector, its slot, publication and role
   * @param kafka why Kafka is unreachable; null if it is reachable
   * @param progress the connector's confirmations while the messages waited
   * @param unrepaired why the publication could not be repaired; null if it was, or need not be
   */
  record Observed(
      ConnectorNames names,
      Connector connector,
      @Nullable String kafka,
      Source source,
      Progress progress,
      @Nullable String unrepaired) {}

  static Diagnosis of(Observed seen) {
    return Stream.<Optional<Diagnosis>>of(
            halted(seen),
            unreachable(seen),
            barred(seen),
            unpublished(seen),
            withoutSlot(seen),
            lacking(seen),
            failed(seen))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(() -> unexplained(seen));
  }

  /** The connector's problem, diagnosed without its database; null if there is none. */
  static @Nullable Diagnosis ofConnector(Observed seen) {
    return Stream.<Optional<Diagnosis>>of(halted(seen), unreachable(seen), failed(seen))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }

  private static Optional<Diagnosis> halted(Observed seen) {
    if (seen.connector() instanceof Registered registered && registered.isHalted()) {
      boolean paused = registered.connector().is("PAUSED");
      return found(
          paused ? DrainCause.CONNECTOR_PAUSED : DrainCause.CONNECTOR_STOPPED,
          "connector %s is %s by an operator",
          seen.names().connector(),
          paused ? "paused" : "stopped");
    }
    return Optional.empty();
  }

  private static Optional<Diagnosis> unreachable(Observed seen) {
    if (seen.kafka() != null) {
      return found(DrainCause.KAFKA_UNREACHABLE, "Kafka is not reachable: %s", seen.kafka());
    }
    if (seen.connector() instanceof Unknown unknown) {
      return found(
          DrainCause.CONNECT_UNREACHABLE, "Kafka Connect is not reachable: %s", unknown.reason());
    }
    if (seen.connector() instanceof Absent) {
      return found(
          DrainCause.NO_CONNECTOR, "connector %s does not exist", seen.names().connector());
    }
    return Optional.empty();
  }

  private static Optional<Diagnosis> barred(Observed seen) {
    Role role = seen.source().role();
    if (role == null) {
      return found(DrainCause.NO_RIGHT, "role %s does not exist", seen.names().role());
    }
    return role.barred().isEmpty()
        ? Optional.empty()
        : rights(seen, String.join(", ", role.barred()));
  }

  private static Optional<Diagnosis> lacking(Observed seen) {
    Role role = seen.source().role();
    return role == null || role.lacking().isEmpty()
        ? Optional.empty()
        : rights(seen, String.join(", ", role.lacking()));
  }

  private static Optional<Diagnosis> rights(Observed seen, String rights) {
    return found(DrainCause.NO_RIGHT, "role %s lacks %s", seen.names().role(), rights);
  }

  private static Optional<Diagnosis> unpublished(Observed seen) {
    Publication publication = seen.source().publication();
    if (publication.publishesOutbox()) {
      return Optional.empty();
    }
    return found(
        publication == Publication.ABSENT
            ? DrainCause.NO_PUBLICATION
            : DrainCause.PUBLICATION_INCOMPLETE,
        "publication %s %s%s",
        seen.names().publication(),
        publication.what(),
        whyUnrepaired(seen));
  }

  private static String whyUnrepaired(Observed seen) {
    ForeignOwner owner = seen.source().foreignOwner();
    if (owner != null) {
      return "; it belongs to role %s and cannot be repaired until a superuser runs: %s"
          .formatted(owner.name(), owner.remedy(seen.names().publication()));
    }
    return seen.unrepaired() == null ? "" : "; its repair fails: " + seen.unrepaired();
  }

  private static Optional<Diagnosis> withoutSlot(Observed seen) {
    Slot slot = seen.source().slot();
    if (slot == null) {
      return found(DrainCause.NO_SLOT, "slot %s does not exist", seen.names().slot());
    }
    if (slot.foreign() != null) {
      return found(
          DrainCause.SLOT_FOREIGN,
          "slot %1$s %2$s; if it is not needed, a superuser runs: SELECT pg_drop_replication_slot('%1$s')",
          seen.names().slot(),
          slot.foreign());
    }
    return slot.isLost()
        ? found(DrainCause.SLOT_LOST, "slot %s has lost its log", seen.names().slot())
        : Optional.empty();
  }

  private static Optional<Diagnosis> failed(Observed seen) {
    if (!(seen.connector() instanceof Registered registered)) {
      return Optional.empty();
    }
    String name = seen.names().connector();
    Part connector = registered.connector();
    if (!connector.is("RUNNING")) {
      return found(
          DrainCause.CONNECTOR_FAILED,
          "connector %s is %s%s",
          name,
          connector.state(),
          error(connector));
    }
    if (registered.tasks().isEmpty()) {
      return found(DrainCause.NO_TASK, "connector %s has no task", name);
    }
    return registered.tasks().stream()
        .filter(task -> !task.is("RUNNING"))
        .findFirst()
        .flatMap(
            task ->
                found(
                    DrainCause.TASK_FAILED,
                    "task of connector %s is %s%s",
                    name,
                    task.state(),
                    error(task)));
  }

  private static String error(Part part) {
    String error = part.shortError();
    return error.isEmpty() ? "" : ": " + error;
  }

  private static Diagnosis unexplained(Observed seen) {
    String connector = seen.names().connector();
    return switch (seen.progress()) {
      case PAST_THEM ->
          new Diagnosis(
              DrainCause.NOT_IN_TOPIC,
              "connector %s has confirmed messages that are not in their topics, even after they were republished"
                  .formatted(connector));
      case LAGGING ->
          new Diagnosis(
              DrainCause.CONNECTOR_LAGGING,
              "connector %s is lagging: it advances, but has not reached the message yet"
                  .formatted(connector));
      case NONE -> standing(seen);
    };
  }

  private static Diagnosis standing(Observed seen) {
    Slot slot = seen.source().slot();
    String name = seen.names().slot();
    return slot != null && slot.active()
        ? new Diagnosis(
            DrainCause.SLOT_NOT_ADVANCING, "slot %s is read but does not advance".formatted(name))
        : new Diagnosis(
            DrainCause.SLOT_INACTIVE,
            "slot %s has no reader, although connector %s runs"
                .formatted(name, seen.names().connector()));
  }

  @FormatMethod
  private static Optional<Diagnosis> found(
      DrainCause cause, @FormatString String text, Object... arguments) {
    return Optional.of(new Diagnosis(cause, text.formatted(arguments)));
  }
}
