package dev.converge.lab.simulation;

import dev.converge.lab.simulation.OrderDatabase.Fingerprint;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.util.UUID;

/** A client: places one order, and repeats its request with the same key until it is answered. */
final class Client {
  private static final long MAX_TIMEOUT_MILLIS = 10_000;
  private static final int[] CANCEL_WITHIN_MILLIS = {10, 200, 5_000};

  /**
   * An answer that a client has received.
   *
   * @param order the order of the key
   * @param own the order that the request itself would have placed
   */
  record Answer(Client client, Verdict verdict, UUID order, UUID own) {}

  private final World world;
  private final String key;
  private final Fingerprint fingerprint;
  private final boolean cancels;
  private int attempts;
  private boolean answered;

  Client(World world, String key, Fingerprint fingerprint, boolean cancels, int attempts) {
    this.world = world;
    this.key = key;
    this.fingerprint = fingerprint;
    this.cancels = cancels;
    this.attempts = attempts;
  }

  String key() {
    return key;
  }

  Fingerprint fingerprint() {
    return fingerprint;
  }

  void send() {
    attempts--;
    world.network(
        () -> {
          OrderIntake intake = world.orders().anyIntake();
          if (intake != null) {
            intake.place(this);
          }
        });
    world.schedule().after(1 + world.random().nextLong(MAX_TIMEOUT_MILLIS), this::repeat);
  }

  private void repeat() {
    if (!answered && attempts > 0) {
      world.count(CoveragePoint.REQUEST_REPEATED);
      send();
    }
  }

  void answered(Verdict verdict, UUID order, UUID own) {
    world.trace().add("client " + key, order, verdict.name());
    world.answers().add(new Answer(this, verdict, order, own));
    if (verdict == Verdict.REPLAYED) {
      world.count(CoveragePoint.KEY_REPLAYED);
    }
    if (verdict == Verdict.KEY_REUSED) {
      world.count(CoveragePoint.KEY_REUSED);
    }
    if (cancels && !answered && verdict != Verdict.KEY_REUSED) {
      int within = CANCEL_WITHIN_MILLIS[world.random().nextInt(CANCEL_WITHIN_MILLIS.length)];
      world.schedule().after(world.random().nextInt(within), () -> cancel(order));
    }
    answered = true;
  }

  private void cancel(UUID order) {
    world.network(
        () -> {
          OrderIntake intake = world.orders().anyIntake();
          if (intake != null) {
            intake.signal(order, Trigger.CANCEL_REQUESTED);
          }
        });
  }
}
