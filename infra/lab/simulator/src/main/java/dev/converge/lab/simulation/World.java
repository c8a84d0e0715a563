package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.lab.SagaRules;
import dev.converge.lab.simulation.OrderDatabase.Fingerprint;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.saga.SagaTimes;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.outbox.delivery.Backoff;
import dev.converge.outbox.delivery.DeliverySettings;
import dev.converge.platform.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All state of one run. It is created from a seed and belongs to one thread. */
final class World {
  private static final List<String> SKUS = List.of("apple", "pear");
  private static final int MAX_ORDERS = 8;
  private static final long[] WITHIN_MILLIS = {10, 1_000, 60_000};
  private static final int[] BATCHES = {1, 2, 5, 20};
  private static final int ATTEMPTS = 3;
  private static final Duration POLL_TIMEOUT = Duration.ofSeconds(1);
  private static final long FIRST_BACKOFF_MILLIS = 100;
  // Longer than the product's, for fewer events while a message is blocked for 15 minutes. All
  // partitions are still retried within 2 minutes; otherwise the rules forget a failure.
  private static final long[] LONGEST_BACKOFFS_MILLIS = {4_000, 8_000};
  private static final long[] STEP_DEADLINES_MILLIS = {2_000, 30_000, 900_000};
  private static final long[] FIRST_RETRIES_MILLIS = {100, 4_000, 30_000};

  private final SimulatedSaga saga;
  private final SplittableRandom random;
  private final @Nullable Broken broken;
  private final Schedule schedule;
  private final Trace trace;
  private final Faults faults;
  private final Coverage coverage = new Coverage();
  private final Effects effects = new Effects();
  private final Map<String, Topic> topics = new TreeMap<>();
  private final List<ConsumerGroup> groups = new ArrayList<>();
  private final List<Clock> clocks = new ArrayList<>();
  private final List<Client.Answer> answers = new ArrayList<>();
  private final List<Connector> connectors = new ArrayList<>();
  private final Set<Long> troubled = new HashSet<>();
  private final Provider provider;
  private final InventoryService inventory;
  private final PaymentService payments;
  private final OrderService orders;
  private @Nullable Throwable bug;
  private long ids;
  private long orderIds;

  World(long seed, @Nullable Broken broken, SimulatedSaga saga) {
    this.saga = saga;
    this.random = new SplittableRandom(seed);
    this.broken = broken;
    this.schedule = new Schedule(random.split());
    this.trace = new Trace(schedule);
    this.faults = new Faults(random.split());
    for (String topic : Topology.topicNames()) {
      topics.put(topic, new Topic(topic));
    }
    trace.add("world", null, "seed " + seed + ", faults: " + faults);
    this.provider = new Provider(this);
    this.inventory = new InventoryService(this, instances("inventory"), saga.stock().get());
    this.payments = new PaymentService(this, instances("payment"));
    this.orders = new OrderService(this, instances("order"), saga.definition().apply(times()));
    databases().forEach(database -> connectors.add(new Connector(this, database)));
    stock();
    clients();
  }

  private List<Instance> instances(String service) {
    List<Instance> instances = new ArrayList<>();
    int count = 1 + random.nextInt(2);
    for (int i = 1; i <= count; i++) {
      instances.add(new Instance(this, service + "-" + i));
    }
    return instances;
  }

  private DeliverySettings delivery() {
    long longest = LONGEST_BACKOFFS_MILLIS[random.nextInt(LONGEST_BACKOFFS_MILLIS.length)];
    return new DeliverySettings(
        BATCHES[random.nextInt(BATCHES.length)],
        POLL_TIMEOUT,
        ATTEMPTS,
        new Backoff(FIRST_BACKOFF_MILLIS, longest, longest, random::nextLong));
  }

  private SagaTimes times() {
    long firstRetry = FIRST_RETRIES_MILLIS[random.nextInt(FIRST_RETRIES_MILLIS.length)];
    return new SagaTimes(
        Duration.ofMillis(STEP_DEADLINES_MILLIS[random.nextInt(STEP_DEADLINES_MILLIS.length)]),
        Duration.ofMillis(firstRetry),
        Duration.ofMillis(firstRetry * 8),
        2 + random.nextInt(5));
  }

  private void stock() {
    for (String sku : SKUS) {
      inventory.setAvailable(sku, 1 + random.nextInt(25));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      String sku = SKUS.get(random.nextInt(SKUS.size()));
      schedule.after(random.nextLong(within()), () -> receive(sku));
    }
  }

  private void receive(String sku) {
    count(CoveragePoint.STOCK_RECEIVED);
    inventory.setAvailable(sku, random.nextInt(20));
  }

  private long within() {
    return WITHIN_MILLIS[random.nextInt(WITHIN_MILLIS.length)];
  }

  private void clients() {
    long within = within();
    int count = 1 + random.nextInt(MAX_ORDERS);
    for (int i = 1; i <= count; i++) {
      boolean takesAnothersKey = i > 1 && random.nextInt(8) == 0;
      String key = "key-" + (takesAnothersKey ? i - 1 : i);
      boolean cancels = random.nextInt(4) == 0;
      Client client = new Client(this, key, order(), cancels, 1 + random.nextInt(6));
      schedule.after(random.nextLong(within), client::send);
    }
  }

  private Fingerprint order() {
    List<OrderLine> lines = new ArrayList<>();
    for (String sku : SKUS) {
      if (lines.isEmpty() || random.nextBoolean()) {
        lines.add(new OrderLine(sku, 1 + random.nextInt(3), 100L * (1 + random.nextInt(5))));
      }
    }
    String token = random.nextInt(6) == 0 ? Provider.DECLINING_TOKEN : "tok_ok";
    return new Fingerprint(lines, token);
  }

  SplittableRandom random() {
    return random;
  }

  Schedule schedule() {
    return schedule;
  }

  Trace trace() {
    return trace;
  }

  Faults faults() {
    return faults;
  }

  Coverage coverage() {
    return coverage;
  }

  Effects effects() {
    return effects;
  }

  Provider provider() {
    return provider;
  }

  InventoryService inventory() {
    return inventory;
  }

  PaymentService payments() {
    return payments;
  }

  OrderService orders() {
    return orders;
  }

  List<Database> databases() {
    return List.of(orders.database(), inventory.database(), payments.database());
  }

  List<ConsumerGroup> groups() {
    return groups;
  }

  List<Client.Answer> answers() {
    return answers;
  }

  Map<String, Topic> topics() {
    return topics;
  }

  Topic topic(String name) {
    return requireNonNull(topics.get(name));
  }

  ConsumerGroup group(String topic, Database database) {
    ConsumerGroup group = new ConsumerGroup(this, topic(topic), database, delivery());
    groups.add(group);
    return group;
  }

  Clock clock(String name) {
    Clock clock = new Clock(this, name);
    clocks.add(clock);
    return clock;
  }

  void count(CoveragePoint point) {
    coverage.count(point);
  }

  boolean is(Broken mistake) {
    return broken == mistake;
  }

  SagaRules rules() {
    return saga.rules();
  }

  /** Notes an unexpected failure that a chain of futures has caught. */
  void foundBug(Throwable cause) {
    if (bug == null) {
      bug = cause;
    }
  }

  /** Throws the unexpected failure that was noted, if there is one. */
  void requireNoBug() {
    if (bug instanceof Violation violation) {
      throw violation;
    }
    if (bug != null) {
      throw new IllegalStateException("the simulation has failed", bug);
    }
  }

  UUID newOrderId() {
    orderIds++;
    return new UUID(0, orderIds);
  }

  /** A message to append. Some trigger a bug in their consumer. */
  Message message(String source, String topic, UUID order, long sequence, Record payload) {
    ids++;
    if (faults.strikes(Fault.TROUBLE)) {
      troubled.add(ids);
    }
    return new Message(ids, source, topic, order, sequence, payload);
  }

  /** Whether a message triggers a bug in its consumer. */
  boolean isTroubled(Message message) {
    return troubled.contains(message.id());
  }

  /** Throws if a consumer cannot handle a message. */
  void requireReadable(Message message) {
    if (message.payload() instanceof Message.Unreadable) {
      throw new UnprocessableMessageException("cannot be read: " + message.name());
    }
    if (isTroubled(message)) {
      throw new IllegalStateException("cannot be handled: " + message.name());
    }
  }

  /** Sends a request or a response over the network: it may be delayed, duplicated or lost. */
  void network(Runnable arrival) {
    if (faults.strikes(Fault.LOST_PACKET)) {
      count(CoveragePoint.PACKET_LOST);
      return;
    }
    schedule.after(faults.delayMillis(), arrival);
    if (faults.strikes(Fault.DUPLICATE)) {
      count(CoveragePoint.PACKET_DUPLICATED);
      schedule.after(faults.delayMillis(), arrival);
    }
  }

  /** Injects the faults that are bound to no place. */
  void injectFaults() {
    clocks.forEach(Clock::maybeJump);
    if (faults.strikes(Fault.POISON)) {
      ids++;
      UUID order = new UUID(2, ids);
      Topic topic = groups.get(random.nextInt(groups.size())).topic();
      Message poison =
          new Message(ids, "stranger", topic.name(), order, 1, new Message.Unreadable());
      topic.append(random.nextInt(Topic.PARTITIONS), poison);
    }
  }
}
