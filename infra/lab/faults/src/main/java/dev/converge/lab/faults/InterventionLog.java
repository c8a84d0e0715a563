package dev.converge.lab.faults;

import dev.converge.lab.checker.Interventions;
import dev.converge.lab.checker.Interventions.Cut;
import dev.converge.lab.checker.Interventions.SlotLoss;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Records what the lab does to messages and slots, for the checker. */
final class InterventionLog {
  private final List<String> poison = Collections.synchronizedList(new ArrayList<>());
  private final List<String> foreign = Collections.synchronizedList(new ArrayList<>());
  private final List<Cut> cuts = Collections.synchronizedList(new ArrayList<>());
  private final List<SlotLoss> slotLosses = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean rowsSkipped;

  /** A record that no service sent may be sent; returns the name by which it is known. */
  String poison() {
    String name = UUID.randomUUID().toString();
    poison.add(name);
    return name;
  }

  /** A record that no service sent, and that must be handled, may be sent; returns its name. */
  String foreign() {
    String name = UUID.randomUUID().toString();
    foreign.add(name);
    return name;
  }

  /** Records that all records of a topic were deleted. */
  void cut(String topic) {
    cuts.add(new Cut(topic, micros()));
  }

  /** The slot of a domain's database is about to be dropped. */
  void slotDropped(String domain) {
    slotLosses.add(new SlotLoss(domain, micros(), false));
  }

  /** Records that a slot is dropped, unless the attempt fails; whether it was dropped. */
  boolean dropSlot(String domain, Polling.Condition attempt) throws IOException, SQLException {
    return lose(new SlotLoss(domain, micros(), false), attempt);
  }

  /** Records that a slot loses its log, unless the attempt fails; whether it was lost. */
  boolean invalidateSlot(String domain, Polling.Condition attempt)
      throws IOException, SQLException {
    return lose(new SlotLoss(domain, micros(), true), attempt);
  }

  // Recorded before the attempt: the loss can be seen before the attempt returns.
  private boolean lose(SlotLoss loss, Polling.Condition attempt) throws IOException, SQLException {
    slotLosses.add(loss);
    boolean lost = false;
    try {
      lost = attempt.holds();
      return lost;
    } finally {
      if (!lost) {
        slotLosses.remove(loss);
      }
    }
  }

  /** A slot is moved past rows that were not sent. */
  void rowsSkipped() {
    rowsSkipped = true;
  }

  /** Whether anything was lost that a reconciler has to publish again. */
  boolean hasLost() {
    return !cuts.isEmpty() || !slotLosses.isEmpty() || rowsSkipped;
  }

  Interventions read() {
    return new Interventions(
        List.copyOf(poison), List.copyOf(foreign), List.copyOf(cuts), List.copyOf(slotLosses));
  }

  private static long micros() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }
}
