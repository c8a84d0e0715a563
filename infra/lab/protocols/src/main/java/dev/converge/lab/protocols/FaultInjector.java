package dev.converge.lab.protocols;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.lab.protocols.FaultResult.Injected;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.lab.schedule.FaultPlan.Planned;
import dev.converge.lab.schedule.SlowLink;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Injects the faults of a plan, at the same times for each protocol. Before a fault that must hit
 * orders between two of their steps, the calls of payment are slowed for a moment. Killed parts
 * start in the background: the next fault waits for them only if it is one of theirs.
 */
final class FaultInjector {
  private static final long STARTED_WITHIN_SECONDS = 300;
  private static final Duration SENT_WITHIN = Duration.ofSeconds(5);
  private static final Duration CAUGHT_WITHIN = Duration.ofSeconds(2);

  /** The timeout of a call that does work, and a bit more. */
  private static final Duration CALL_TIMES_OUT_WITHIN = Duration.ofMillis(1_200);

  /** The request that the coordinator of 3pc sends once all have voted. */
  private static final String PRECOMMIT = "/precommit";

  /** The second call of a dual write; the first is the same to inventory. */
  private static final String CALL = "PUT /transactions/";

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final DoubleSupplier clock;
  private final Consumer<String> progress;
  private final List<Injected> injected = new ArrayList<>();
  private final Map<Part, CompletableFuture<Void>> starting = new LinkedHashMap<>();

  /**
   * @param clock milliseconds since the load began
   */
  FaultInjector(
      ProtocolPlatform lab,
      OrderClient client,
      CommitProtocol protocol,
      DoubleSupplier clock,
      Consumer<String> progress) {
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.clock = clock;
    this.progress = progress;
  }

  /** Injects and heals the faults, one after the other, each at its own time. */
  List<Injected> run(FaultPlan plan) throws InterruptedException {
    for (Planned planned : plan.faults()) {
      FaultKind kind = planned.kind();
      sleepUntil(planned.atMillis() - (double) leadMillis(kind));
      needed(kind).forEach(this::awaitStarted);
      progress.accept(protocol.id() + ": " + kind.says());
      String notCaught = inject(kind);
      double from = clock.getAsDouble();
      sleepUntil(Math.max((double) planned.endMillis(), from + kind.leastHoldSeconds() * 1_000.0));
      double to = clock.getAsDouble();
      heal(kind);
      injected.add(new Injected(planned, from, to, notCaught));
    }
    return List.copyOf(injected);
  }

  /** Waits until every killed part has started again. */
  void awaitStarted() {
    List.copyOf(starting.keySet()).forEach(this::awaitStarted);
  }

  // A fault of a part that is down would show nothing. If it has to wait, it is late, and reported.
  private static List<Part> needed(FaultKind kind) {
    return switch (kind) {
      case COORDINATOR_KILLED, ZOMBIE -> List.of(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
      case PARTICIPANT_KILLED, PARTITION, ANSWERS_LOST, SLOW -> List.of(Part.PAYMENT_SERVICE);
      case BROKER_DOWN -> List.of();
    };
  }

  private void awaitStarted(Part part) {
    CompletableFuture<Void> start = starting.remove(part);
    if (start != null) {
      start.orTimeout(STARTED_WITHIN_SECONDS, TimeUnit.SECONDS).join();
    }
  }

  private void startSoon(Part part, Runnable start) {
    starting.put(part, CompletableFuture.runAsync(start));
  }

  // The time for which payment is slowed is before the fault.
  private long leadMillis(FaultKind kind) {
    boolean losesAMessage =
        (kind == FaultKind.COORDINATOR_KILLED && protocol.isDualWrite())
            || (kind == FaultKind.PARTITION && sendsPrecommits());
    return kind.hitsVotes() && !losesAMessage ? SlowLink.LEAD.toMillis() : 0;
  }

  /** Injects a fault. Returns why it cannot show its effect; null if it can. */
  private @Nullable String inject(FaultKind kind) throws InterruptedException {
    Platform platform = lab.platform();
    return switch (kind) {
      case COORDINATOR_KILLED -> {
        client.placeAtFirstOnly(true);
        String notCaught = protocol.isDualWrite() ? loseTheSecondCall() : slowUntilCaught();
        platform.kill(Part.ORDER_SERVICE);
        client.placeAtFirstOnly(false);
        if (protocol.isDualWrite()) {
          passOnceTheCallTimedOut();
        } else {
          pass();
        }
        yield notCaught;
      }
      case PARTICIPANT_KILLED -> {
        String notCaught = slowUntilCaught();
        platform.kill(Part.PAYMENT_SERVICE);
        platform.kill(Part.PAYMENT_DB);
        pass();
        yield notCaught;
      }
      case PARTITION -> cutBetweenVoteAndDecision();
      case ANSWERS_LOST -> {
        lab.to(Part.PAYMENT_SERVICE).forEach(link -> link.set(Mode.ONE_WAY));
        lab.from(Part.PAYMENT_SERVICE).forEach(link -> link.set(Mode.HALF_OPEN));
        // Commands arrive, and the replies do not leave the outbox.
        lab.repliesOfPayment().set(Mode.ONE_WAY);
        yield null;
      }
      case SLOW -> {
        toPayment().forEach(SlowLink::slow);
        yield null;
      }
      case BROKER_DOWN -> {
        platform.kill(Part.KAFKA);
        yield null;
      }
      case ZOMBIE -> {
        client.placeAtFirstOnly(true);
        String notCaught = slowUntilCaught();
        platform.pause(Part.ORDER_SERVICE);
        client.placeAtFirstOnly(false);
        lab.leadToCoordinator(true);
        pass();
        yield notCaught;
      }
    };
  }

  private void heal(FaultKind kind) {
    switch (kind) {
      case COORDINATOR_KILLED -> startSoon(Part.ORDER_SERVICE, () -> lab.start(Part.ORDER_SERVICE));
      case PARTICIPANT_KILLED ->
          startSoon(
              Part.PAYMENT_SERVICE,
              () -> {
                lab.start(Part.PAYMENT_DB);
                lab.start(Part.PAYMENT_SERVICE);
              });
      case PARTITION, ANSWERS_LOST -> lab.setAll(Part.PAYMENT_SERVICE, Mode.PASS);
      case SLOW -> pass();
      case BROKER_DOWN -> startSoon(Part.KAFKA, () -> lab.start(Part.KAFKA));
      case ZOMBIE -> {
        lab.platform().resume(Part.ORDER_SERVICE);
        lab.leadToCoordinator(false);
      }
    }
  }

  private LinkProxy orderToPayment() {
    return lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
  }

  /** The ways by which payment gets requests, and by which its messages come and go. */
  private List<LinkProxy> toPayment() {
    return Stream.concat(Stream.of(orderToPayment()), lab.messages(Part.PAYMENT_SERVICE).stream())
        .toList();
  }

  private void pass() {
    toPayment().forEach(link -> link.set(Mode.PASS));
  }

  /** Slows payment's answers, or its messages for a saga, until an order is between two steps. */
  private @Nullable String slowUntilCaught() throws InterruptedException {
    if (protocol == CommitProtocol.SAGA) {
      lab.messages(Part.PAYMENT_SERVICE).forEach(SlowLink::slow);
    } else {
      SlowLink.slow(orderToPayment());
    }
    Waiting.pause(SlowLink.LEAD);
    return Waiting.until(CAUGHT_WITHIN, this::isCaught)
        ? null
        : "no order was between two of its steps";
  }

  // Between vote and decision; for a saga, after its first commit. A dual write has no such state
  // that its databases show.
  private boolean isCaught() throws SQLException {
    EffectsReader reader = new EffectsReader(lab.platform());
    return switch (protocol) {
      case SAGA -> reader.openSagas() > 0;
      case DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> true;
      case TCC, TWO_PHASE, QUORUM, THREE_PHASE, THREE_PHASE_TERMINATION ->
          reader.inDoubt(protocol, "payment") > 0;
    };
  }

  // 3pc: the cut loses the precommit itself.
  private @Nullable String cutBetweenVoteAndDecision() throws InterruptedException {
    if (!sendsPrecommits()) {
      String notCaught = slowUntilCaught();
      lab.setAll(Part.PAYMENT_SERVICE, Mode.HALF_OPEN);
      return notCaught;
    }
    boolean lost = onceSent(PRECOMMIT, () -> lab.cutOffNow(Part.PAYMENT_SERVICE));
    if (!lost) {
      lab.setAll(Part.PAYMENT_SERVICE, Mode.HALF_OPEN);
    }
    return lost ? null : "no precommit was under way";
  }

  // Its own row is committed and inventory was called; payment never is.
  private @Nullable String loseTheSecondCall() throws InterruptedException {
    boolean lost = onceSent(CALL, () -> orderToPayment().setNow(Mode.HALF_OPEN));
    return lost ? null : "no order was between its two calls";
  }

  // The lost call may be of the other instance, which sends it again if its connection is reset.
  private void passOnceTheCallTimedOut() {
    CompletableFuture.delayedExecutor(CALL_TIMES_OUT_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> orderToPayment().set(Mode.PASS));
  }

  /** Waits until a request to payment is sent, and acts before it arrives. */
  private boolean onceSent(String text, Runnable action) throws InterruptedException {
    CountDownLatch sent = new CountDownLatch(1);
    orderToPayment()
        .onceSent(
            text,
            () -> {
              action.run();
              sent.countDown();
            });
    boolean inTime = sent.await(SENT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    orderToPayment().forgetText();
    return inTime;
  }

  private boolean sendsPrecommits() {
    return protocol == CommitProtocol.THREE_PHASE
        || protocol == CommitProtocol.THREE_PHASE_TERMINATION;
  }

  private void sleepUntil(double millis) throws InterruptedException {
    Waiting.pause(Duration.ofMillis(Math.max(0, Math.round(millis - clock.getAsDouble()))));
  }
}
