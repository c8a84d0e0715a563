package dev.converge.order.saga;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Send;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sagas that place orders, against models of both participants, over topics, in virtual time. */
final class SimulatedSagas {
  private static final SagaTimes TIMES =
      new SagaTimes(Duration.ofSeconds(60), Duration.ofSeconds(4), Duration.ofSeconds(20), 3);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Map<SagaStatus, Set<SagaStatus>> LEGAL =
      Map.of(
          SagaStatus.RUNNING, Set.of(SagaStatus.values()),
          SagaStatus.COMPENSATING,
              Set.of(SagaStatus.COMPENSATING, SagaStatus.COMPENSATED, SagaStatus.STUCK),
          SagaStatus.STUCK,
              Set.of(
                  SagaStatus.RUNNING,
                  SagaStatus.COMPENSATING,
                  SagaStatus.COMPENSATED,
                  SagaStatus.COMPLETED),
          SagaStatus.COMPLETED, Set.of(),
          SagaStatus.COMPENSATED, Set.of());

  /** One order's messages in one topic: in order, kept forever, read from an offset on. */
  private static final class Log {
    final List<Object> messages = new ArrayList<>();
    int offset;
  }

  private final Random random;
  private final Set<String> seen;
  private final SagaDefinition definition = ThreeSteps.definition(TIMES);
  private final Map<UUID, Order> orders = new TreeMap<>();
  private final Map<UUID, SagaInstance> sagas = new HashMap<>();
  private final Map<UUID, List<OrderStatus>> outcomes = new HashMap<>();
  private final Map<UUID, Integer> events = new HashMap<>();
  private final Map<String, Log> logs = new TreeMap<>();
  private final InventoryModel inventory;
  private final PaymentModel payment;
  private final long stepMillis;
  private final @Nullable String unavailable;
  // Percentage of its ship commands that inventory parks, until the repair at the end.
  private int parksShipments;
  private boolean parked;
  private Instant now = START;

  SimulatedSagas(Random random, Set<String> seen) {
    this.random = random;
    this.seen = seen;
    this.inventory = new InventoryModel(random);
    this.payment = new PaymentModel(random);
    this.stepMillis = List.of(10L, 2_000L, 15_000L).get(random.nextInt(3));
    this.unavailable =
        switch (random.nextInt(4)) {
          case 0 -> ParticipantMessages.INVENTORY_COMMANDS;
          case 1 -> ParticipantMessages.PAYMENT_COMMANDS;
          default -> null;
        };
    this.parksShipments = List.of(0, 0, 90).get(random.nextInt(3));
  }

  void run() {
    int count = 2 + random.nextInt(4);
    for (int i = 1; i <= count; i++) {
      place(new UUID(0, i));
    }
    for (int turn = 0; turn < 120; turn++) {
      now = now.plusMillis(random.nextLong(stepMillis) + 1);
      // For a while one participant is unavailable: its commands stay in the topic.
      turn(random.nextInt(100), turn >= 20 && turn < 80 ? unavailable : null);
    }
    quiesce();
    orders.values().forEach(this::assertConverged);
    inventory.assertConserved();
  }

  private void place(UUID id) {
    List<OrderLine> lines = new ArrayList<>();
    for (String sku : InventoryModel.SKUS) {
      if (lines.isEmpty() || random.nextBoolean()) {
        lines.add(new OrderLine(sku, 1 + random.nextInt(3), 100));
      }
    }
    String token = random.nextInt(5) == 0 ? "tok_declined" : "tok_ok";
    Order order = Order.placed(id, "customer-1", "EUR", lines, token, null, now);
    orders.put(id, order);
    Advanced started = definition.start(order, now);
    sagas.put(id, started.next());
    outcomes.put(id, new ArrayList<>());
    append(id, started.sends());
  }

  private void turn(int chance, @Nullable String unavailableTopic) {
    UUID id = new UUID(0, 1 + random.nextInt(orders.size()));
    if (chance < 60) {
      deliver(unavailableTopic);
    } else if (chance < 75) {
      payment.providerTurn(id, unavailableTopic == null ? random.nextInt(100) : 99, this::reply);
    } else if (chance < 90) {
      // At any moment: mostly too early, and then of no effect.
      signal(id, Trigger.DEADLINE_PASSED);
    } else if (chance < 93) {
      signal(id, Trigger.CANCEL_REQUESTED);
    } else if (chance < 95) {
      signal(id, Trigger.RETRY_REQUESTED);
    } else if (chance < 97) {
      vouch(id);
    } else {
      redeliver();
    }
  }

  /** The next message of some order in some topic: has its effect, or crashes before commit. */
  @CanIgnoreReturnValue
  private boolean deliver(@Nullable String unavailableTopic) {
    List<String> due =
        logs.entrySet().stream()
            .filter(log -> log.getValue().offset < log.getValue().messages.size())
            .map(Map.Entry::getKey)
            .filter(name -> unavailableTopic == null || !name.startsWith(unavailableTopic))
            .toList();
    if (due.isEmpty()) {
      return false;
    }
    String name = due.get(random.nextInt(due.size()));
    Log log = requireNonNull(logs.get(name));
    Object message = log.messages.get(log.offset);
    UUID id = UUID.fromString(name.substring(name.indexOf('/') + 1));
    if (random.nextInt(20) == 0) {
      seen.add("crashed before commit");
      SagaInstance saga = saga(id);
      if (name.startsWith(ParticipantMessages.ORDER_REPLIES)) {
        // Decided, then lost: a decision has no effect by itself.
        SagaDecision lost =
            definition.decide(saga, order(id), new Replied((SagaReply) message), now);
        assertThat(lost).isNotNull();
      }
      return true;
    }
    if (message instanceof ShipStock && random.nextInt(100) < parksShipments) {
      log.messages.remove(log.offset);
      seen.add("parked");
      parked = true;
      return true;
    }
    log.offset++;
    if (name.startsWith(ParticipantMessages.ORDER_REPLIES)) {
      signal(id, new Replied((SagaReply) message));
    } else if (name.startsWith(ParticipantMessages.INVENTORY_COMMANDS)) {
      reply(id, inventory.handle(id, (SagaCommand) message));
    } else {
      payment.handle(id, (SagaCommand) message, this::reply);
    }
    inventory.assertConserved();
    return true;
  }

  /** A crash between the commit and that of the offset: handled messages are delivered again. */
  private void redeliver() {
    List<Log> read = logs.values().stream().filter(log -> log.offset > 0).toList();
    if (!read.isEmpty()) {
      Log log = read.get(random.nextInt(read.size()));
      log.offset -= 1 + random.nextInt(log.offset);
      seen.add("redelivered");
    }
  }

  /** An operator who has looked: skips what is done, and gives up what will never be. */
  private void vouch(UUID id) {
    SagaInstance saga = saga(id);
    if (saga.status() != SagaStatus.STUCK) {
      return;
    }
    Log commands = log(ParticipantMessages.INVENTORY_COMMANDS, id);
    boolean nothingToCome = commands.offset == commands.messages.size();
    boolean done =
        switch (saga.step()) {
          case "ship-stock" -> inventory.hasShipped(id);
          case "charge-payment" -> payment.isRefunded(id);
          default -> inventory.hasReleased(id);
        };
    if (done) {
      signal(id, Trigger.SKIP_REQUESTED);
    } else if (saga.goesForward() && nothingToCome) {
      signal(id, Trigger.COMPENSATE_REQUESTED);
    }
  }

  private void signal(UUID id, SagaSignal signal) {
    SagaInstance before = saga(id);
    SagaDecision decision = definition.decide(before, order(id), signal, now);
    if (signal == Trigger.CANCEL_REQUESTED && decision instanceof SagaDecision.Refused) {
      seen.add("cancel refused");
    }
    if (!(decision instanceof Advanced advanced)) {
      return;
    }
    SagaInstance next = advanced.next();
    seen.add(signal.label());
    assertThat(LEGAL.get(before.status())).contains(next.status());
    assertThat(next.version()).isEqualTo(before.version() + 1);
    assertThat(next.messages()).isEqualTo(before.messages() + advanced.sends().size());
    if (before.abortReason() != null) {
      assertThat(next.abortReason()).isEqualTo(before.abortReason());
    }
    assertThat(advanced.outcome() != null).isEqualTo(next.status().isTerminal());
    sagas.put(id, next);
    if (next.status() == SagaStatus.STUCK) {
      seen.add("STUCK");
    }
    if (advanced.outcome() != null) {
      requireNonNull(outcomes.get(id)).add(advanced.outcome());
      seen.add(advanced.outcome().name());
      seen.add(String.valueOf(next.abortReason()));
    }
    append(id, advanced.sends());
  }

  private void append(UUID id, List<Send> sends) {
    for (Send send : sends) {
      if (send.topic().equals(ParticipantMessages.ORDER_EVENTS)) {
        events.merge(id, 1, Integer::sum);
      } else {
        log(send.topic(), id).messages.add(send.payload());
      }
    }
  }

  private void reply(UUID id, SagaReply reply) {
    log(ParticipantMessages.ORDER_REPLIES, id).messages.add(reply);
  }

  private Log log(String topic, UUID id) {
    return logs.computeIfAbsent(topic + "/" + id, unknown -> new Log());
  }

  /** Everyone is back, and time passes until nothing happens any more. */
  private void quiesce() {
    for (int turn = 0; turn < 10_000; turn++) {
      boolean busy = deliver(null);
      for (UUID id : orders.keySet()) {
        busy |= payment.providerTurn(id, 0, this::reply);
      }
      if (!busy && !passDeadlines() && !operate()) {
        return;
      }
    }
    throw new AssertionError("never quiescent: " + sagas);
  }

  /**
   * After the repair, an operator moves every stuck saga if a message was parked. Otherwise no
   * operator is needed.
   */
  private boolean operate() {
    if (!parked) {
      return false;
    }
    parksShipments = 0;
    List<UUID> stuck =
        sagas.values().stream()
            .filter(saga -> saga.status() == SagaStatus.STUCK)
            .map(SagaInstance::orderId)
            .toList();
    for (UUID id : stuck) {
      if (random.nextBoolean()) {
        vouch(id);
      }
      signal(id, Trigger.RETRY_REQUESTED);
    }
    return !stuck.isEmpty();
  }

  private boolean passDeadlines() {
    List<SagaInstance> waiting =
        sagas.values().stream().filter(saga -> saga.deadline() != null).toList();
    for (SagaInstance saga : waiting) {
      Instant deadline = requireNonNull(saga.deadline());
      now = deadline.isAfter(now) ? deadline : now;
      signal(saga.orderId(), Trigger.DEADLINE_PASSED);
    }
    return !waiting.isEmpty();
  }

  private void assertConverged(Order order) {
    UUID id = order.orderId();
    SagaInstance saga = saga(id);
    // A stuck saga has received its reply by now, or an operator's decision.
    assertThat(saga.status().isTerminal()).as("%s", saga).isTrue();
    boolean completed = saga.status() == SagaStatus.COMPLETED;
    assertThat(outcomes.get(id)).as("it ends once: %s", saga).hasSize(1);
    assertThat(outcomes.get(id)).as("%s", saga).first().isEqualTo(expectedOutcome(saga));
    assertThat(events.get(id)).as("one event is published").isEqualTo(1);
    assertThat(payment.holdsMoneyOf(id)).as("money, %s", saga).isEqualTo(completed);
    assertThat(inventory.hasShipped(id)).as("shipped, %s", saga).isEqualTo(completed);
    assertThat(inventory.reserves(id)).as("reserved, %s", saga).isFalse();
    assertThat(inventory.shipments(id)).isEqualTo(completed ? 1 : 0);
    assertThat(payment.captures(id)).isLessThanOrEqualTo(1);
  }

  private static OrderStatus expectedOutcome(SagaInstance saga) {
    return saga.abortReason() == null ? OrderStatus.COMPLETED : saga.abortReason().outcome();
  }

  private SagaInstance saga(UUID id) {
    return requireNonNull(sagas.get(id));
  }

  private Order order(UUID id) {
    return requireNonNull(orders.get(id));
  }
}
