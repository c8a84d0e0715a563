package dev.converge.lab.protocols;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.lab.protocols.FaultPlan.Planned;
import dev.converge.lab.protocols.FaultResult.Injected;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Injects the faults of a plan, at the same times for each protocol. Before a fault that must hit
 * orders between two of their steps, the calls of payment are slowed for a moment.
 */
final class FaultInjector {
  /** Each way; together less than the timeout of a call, 500 ms. */
  private static final long OUTWARD_MILLIS = 150;

  private static final long INWARD_MILLIS = 250;

  private static final long BROKER_WITHIN_SECONDS = 300;
  private static final Duration SLOWED_FOR = Duration.ofMillis(700);
  private static final Duration PRECOMMIT_WITHIN = Duration.ofSeconds(5);
  private static final Duration CAUGHT_WITHIN = Duration.ofSeconds(2);

  /** The request that the coordinator of 3pc sends once all have voted. */
  private static final String PRECOMMIT = "/precommit";

  private final ProtocolPlatform lab;
  private final CommitProtocol protocol;
  private final DoubleSupplier clock;
  private final Consumer<String> progress;
  private final List<Injected> injected = new ArrayList<>();
  private double postponed;
  private CompletableFuture<Void> broker = CompletableFuture.completedFuture(null);

  /**
   * @param clock milliseconds since the load began
   */
  FaultInjector(
      ProtocolPlatform lab,
      CommitProtocol protocol,
      DoubleSupplier clock,
      Consumer<String> progress) {
    this.lab = lab;
    this.protocol = protocol;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * Injects and heals the faults, one after the other. A fault is postponed while the one before it
   * takes longer to heal than planned.
   */
  List<Injected> run(FaultPlan plan) throws InterruptedException {
    for (Planned planned : plan.faults()) {
      double at = Math.max((double) planned.atMillis() + postponed, clock.getAsDouble());
      postponed = Math.max(postponed, at - planned.atMillis());
      sleepUntil(at);
      progress.accept(protocol.id() + ": " + planned.kind().says());
      String notCaught = inject(planned.kind());
      double from = clock.getAsDouble();
      sleepUntil(
          Math.max(at + planned.holdMillis(), from + planned.kind().leastHoldSeconds() * 1_000.0));
      double to = clock.getAsDouble();
      heal(planned.kind());
      injected.add(new Injected(planned, from, to, notCaught));
    }
    broker.orTimeout(BROKER_WITHIN_SECONDS, TimeUnit.SECONDS).join();
    return List.copyOf(injected);
  }

  /** By how much the end of the plan is postponed. */
  long postponedMillis() {
    return Math.round(postponed);
  }

  /** Injects a fault. Returns why it cannot show its effect; null if it can. */
  private @Nullable String inject(FaultKind kind) throws InterruptedException {
    Platform platform = lab.platform();
    return switch (kind) {
      case COORDINATOR_KILLED -> {
        String notCaught = slowUntilCaught();
        platform.kill(Part.ORDER_SERVICE);
        orderToPayment().set(Mode.PASS);
        yield notCaught;
      }
      case PARTICIPANT_KILLED -> {
        String notCaught = slowUntilCaught();
        platform.kill(Part.PAYMENT_SERVICE);
        platform.kill(Part.PAYMENT_DB);
        orderToPayment().set(Mode.PASS);
        yield notCaught;
      }
      case PARTITION -> cutBetweenVoteAndDecision();
      case ANSWERS_LOST -> {
        lab.to(Part.PAYMENT_SERVICE).forEach(link -> link.set(Mode.ONE_WAY));
        lab.from(Part.PAYMENT_SERVICE).forEach(link -> link.set(Mode.HALF_OPEN));
        yield null;
      }
      case SLOW -> {
        slow();
        yield null;
      }
      case BROKER_DOWN -> {
        platform.kill(Part.KAFKA);
        yield null;
      }
      case ZOMBIE -> {
        String notCaught = slowUntilCaught();
        platform.pause(Part.ORDER_SERVICE);
        lab.leadToCoordinator(true);
        orderToPayment().set(Mode.PASS);
        yield notCaught;
      }
    };
  }

  private void heal(FaultKind kind) {
    switch (kind) {
      case COORDINATOR_KILLED -> lab.start(Part.ORDER_SERVICE);
      case PARTICIPANT_KILLED -> {
        lab.start(Part.PAYMENT_DB);
        lab.start(Part.PAYMENT_SERVICE);
      }
      case PARTITION, ANSWERS_LOST -> lab.setAll(Part.PAYMENT_SERVICE, Mode.PASS);
      case SLOW -> orderToPayment().set(Mode.PASS);
      // No order needs it to be answered: the next fault does not wait for it.
      case BROKER_DOWN -> broker = CompletableFuture.runAsync(() -> lab.start(Part.KAFKA));
      case ZOMBIE -> {
        lab.platform().resume(Part.ORDER_SERVICE);
        lab.leadToCoordinator(false);
      }
    }
  }

  private LinkProxy orderToPayment() {
    return lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
  }

  private void slow() {
    orderToPayment().delay(OUTWARD_MILLIS, INWARD_MILLIS);
  }

  /** Slows payment's vote, until payment has a branch that is prepared and not decided. */
  private @Nullable String slowUntilCaught() throws InterruptedException {
    slow();
    Waiting.pause(SLOWED_FOR);
    EffectsReader reader = new EffectsReader(lab.platform());
    boolean caught =
        !protocol.isCoordinated()
            || Waiting.until(CAUGHT_WITHIN, () -> reader.inDoubt(protocol, "payment") > 0);
    return caught ? null : "no order was between vote and decision";
  }

  // 3pc: the cut loses the precommit itself.
  private @Nullable String cutBetweenVoteAndDecision() throws InterruptedException {
    if (!sendsPrecommits()) {
      String notCaught = slowUntilCaught();
      lab.setAll(Part.PAYMENT_SERVICE, Mode.HALF_OPEN);
      return notCaught;
    }
    CountDownLatch cut = new CountDownLatch(1);
    orderToPayment()
        .onceSent(
            PRECOMMIT,
            () -> {
              lab.cutOffNow(Part.PAYMENT_SERVICE);
              cut.countDown();
            });
    boolean lost = cut.await(PRECOMMIT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    orderToPayment().forgetText();
    if (!lost) {
      lab.setAll(Part.PAYMENT_SERVICE, Mode.HALF_OPEN);
    }
    return lost ? null : "no precommit was under way";
  }

  private boolean sendsPrecommits() {
    return protocol == CommitProtocol.THREE_PHASE
        || protocol == CommitProtocol.THREE_PHASE_TERMINATION;
  }

  private void sleepUntil(double millis) throws InterruptedException {
    Waiting.pause(Duration.ofMillis(Math.max(0, Math.round(millis - clock.getAsDouble()))));
  }
}
