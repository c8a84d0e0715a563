package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.List;

/** A process. What it has not committed is gone when it crashes. */
final class Instance {
  private static final long LONGEST_RESTART_MILLIS = 10_000;

  /** A part of a process, with a memory that is lost in a crash. */
  interface Part {
    /** The process is up again. */
    void started();

    /** The process is gone: forget everything. */
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

  /** Has the process do something, sooner or later; never, if it crashes before. */
  void next(Runnable event) {
    after(world.faults().delayMillis(), event);
  }

  /** Schedules work of the process after a delay in milliseconds, if it lives until then. */
  void after(long millis, Runnable event) {
    world.schedule().after(millis, alive(event));
  }

  /** The event, if the process lives and has not crashed meanwhile. */
  Runnable alive(Runnable event) {
    int begun = life;
    boolean lives = up;
    return () -> {
      if (lives && life == begun) {
        event.run();
      }
    };
  }

  /** A crash point: whether the process dies here. */
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
