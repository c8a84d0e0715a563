package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.List;

/** A process. A crash loses everything that is not committed. */
final class Instance {
  private static final long LONGEST_RESTART_MILLIS = 10_000;

  /** A part of a process, with a memory that is lost in a crash. */
  interface Part {
    /** The process has restarted. */
    void started();

    /** The process has crashed: all state is lost. */
    void crashed();
  }

  private final World world;
  private final String name;
  private final List<Part> parts = new ArrayList<>();
  private final List<Transaction> transactions = new ArrayList<>();
  private boolean up = true;
  private int life;

  Instance(World world, String name) {
    this.world = world;
    this.name = name;
  }

  String name() {
    return name;
  }

  void add(Part part) {
    parts.add(part);
  }

  boolean isUp() {
    return up;
  }

  /** Schedules work of the process, with a delay if the fault strikes; dropped if it crashes. */
  void next(Runnable event) {
    after(world.faults().delayMillis(), event);
  }

  /** Schedules work of the process after a delay in milliseconds, if it lives until then. */
  void after(long millis, Runnable event) {
    world.schedule().after(millis, alive(event));
  }

  /** Wraps an event so that it runs only if the process has not crashed meanwhile. */
  Runnable alive(Runnable event) {
    int begun = life;
    boolean lives = up;
    return () -> {
      if (lives && life == begun) {
        event.run();
      }
    };
  }

  /** Crashes the process here if the fault strikes; returns whether it did. */
  boolean crashes(CoveragePoint place) {
    if (!world.faults().strikes(Fault.CRASH)) {
      return false;
    }
    world.count(place);
    world.trace().add(name, null, place.name());
    up = false;
    life++;
    List.copyOf(transactions).forEach(Transaction::rollback);
    parts.forEach(Part::crashed);
    world.schedule().after(1 + world.random().nextLong(LONGEST_RESTART_MILLIS), this::start);
    return true;
  }

  private void start() {
    up = true;
    world.trace().add(name, null, "starts");
    parts.forEach(Part::started);
  }

  void opened(Transaction transaction) {
    transactions.add(transaction);
  }

  void closed(Transaction transaction) {
    transactions.remove(transaction);
  }
}
