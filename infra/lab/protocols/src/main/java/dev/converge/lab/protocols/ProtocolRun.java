package dev.converge.lab.protocols;

import dev.converge.lab.checker.DatabaseInvariants;
import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Quiescence;
import dev.converge.lab.protocols.FaultResult.Course;
import dev.converge.lab.protocols.FaultResult.Injected;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.protocols.ProtocolResult.Sequences;
import dev.converge.lab.protocols.ProtocolResult.SharePoint;
import dev.converge.lab.protocols.ProtocolResult.Undisturbed;
import dev.converge.lab.protocols.ThroughputSearch.Throughput;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One protocol: load under the faults of the plan, quiescence, evidence, throughput, one trace. */
final class ProtocolRun {
  private static final Duration QUIESCENT_WITHIN = Duration.ofSeconds(60);
  private static final long QUIESCENCE_EVERY_MILLIS = 500;

  /** Before the first fault. */
  private static final long OBSERVERS_START_MILLIS = 1_000;

  private static final int WINDOW_POINTS = 100;

  private static final int MOST_ROUNDS = 100;

  /** The series of the warm-up of a protocol that is measured next. */
  private static final int MEASURED = 0;

  /** The series of the warm-up before any protocol is measured. */
  static final int BEFORE_ALL = 1;

  // As in the search for throughput, so that the first protocol of a run is as warm as the others.
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration QUICK_WARM_UP = Duration.ofSeconds(2);
  private static final int WARM_UP_CLIENTS = 16;
  private static final Duration WARM_UP_ENDED_WITHIN = Duration.ofSeconds(15);
  private static final Duration WARM_WITHIN = Duration.ofMinutes(1);

  /** The share of the last orders of a warm-up that a warm platform answers with 2xx. */
  private static final double WARM = 0.95;

  private final Settings settings;
  private final FaultPlan plan;
  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final Consumer<String> progress;
  private final EffectsReader reader;

  ProtocolRun(
      Settings settings,
      FaultPlan plan,
      ProtocolPlatform lab,
      OrderClient client,
      CommitProtocol protocol,
      Consumer<String> progress) {
    this.settings = settings;
    this.plan = plan;
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.progress = progress;
    this.reader = new EffectsReader(lab.platform());
  }

  /** The results of the load and its observers. */
  private record Observed(
      List<OrderAttempt> attempts,
      List<Injected> injected,
      InDoubtSeries inDoubt,
      FracturedReads.Count fractured,
      long beginMicros,
      double endMillis) {}

  CommitProtocol protocol() {
    return protocol;
  }

  ProtocolResult run() throws InterruptedException, SQLException {
    double unused = warmUp(MEASURED);
    TracedOrder traced =
        new TracedOrder(lab, client, protocol, Part.PAYMENT_SERVICE, settings.seed(3));
    TracedOrder.Placed undisturbed = traced.placeUndisturbed();
    OrderCosts costs = new CostSamples(lab, client, protocol, settings).run();
    Observed observed = load();
    Quiet quiet = quiesce();
    Map<String, OrderEffects> orders = reader.orders(protocol);
    FinalState finalState = finalState(quiet, orders, observed);
    OrderServiceOutage outage = outage();
    // Before the search for throughput, during which its trace becomes complete.
    progress.accept(protocol.id() + ": one order under the cut");
    TracedOrder.Placed underCut = traced.placeUnderCut();
    Throughput throughput = new ThroughputSearch(lab, client, protocol, settings).run();
    return result(
        observed,
        costs,
        orders,
        finalState,
        outage,
        throughput,
        new Sequences(traced.sequence(undisturbed), traced.sequence(underCut)));
  }

  private @Nullable OrderServiceOutage outage() throws InterruptedException, SQLException {
    // A quick run leaves out tcc, whose branches wait as those of 2pc do.
    if (settings.quick() ? !protocol.preparesBranches() : !protocol.isCoordinated()) {
      return null;
    }
    progress.accept(protocol.id() + ": no order-service is up");
    return new OutageRun(lab, client, protocol, settings).run();
  }

  /**
   * Places orders until almost all are answered with 2xx: the first transactions of a protocol load
   * its classes, and may miss their timeouts. They are not counted, and each protocol gets the same
   * time.
   *
   * @param series distinguishes the warm-ups of a protocol, so that their orders have other keys
   * @return orders a second that it completes, with as many clients
   */
  double warmUp(int series) throws InterruptedException {
    Duration length = settings.quick() ? QUICK_WARM_UP : WARM_UP;
    long begin = System.nanoTime();
    for (int round = 1; ; round++) {
      OrderSource source =
          new OrderSource(protocol, 0, settings.seed(-(series * MOST_ROUNDS + round)));
      List<OrderAttempt> all =
          OrderLoad.closed(client, source, WARM_UP_CLIENTS).endAfter(length.toMillis());
      List<OrderAttempt> attempts = all.subList(all.size() / 2, all.size());
      long ok = attempts.stream().filter(OrderAttempt::isOk).count();
      if (ok >= attempts.size() * WARM) {
        boolean unused =
            Waiting.until(WARM_UP_ENDED_WITHIN, () -> reader.openSagas() == 0 && inDoubt() == 0);
        return ok / (length.toMillis() / 2_000.0);
      }
      if (System.nanoTime() - begin > WARM_WITHIN.toNanos()) {
        throw new LabProtocolsException(
            "%s: without any fault, %d of %d orders are answered 2xx; the last answer is %s"
                .formatted(protocol.id(), ok, attempts.size(), attempts.get(attempts.size() - 1)));
      }
    }
  }

  private Observed load() throws InterruptedException {
    OrderSource source = new OrderSource(protocol, settings.hotShare(), settings.seed(2));
    OrderLoad load = OrderLoad.open(client, source, settings.ordersPerSecond());
    try {
      Waiting.pause(
          Duration.ofMillis(plan.baselineMillis() - OBSERVERS_START_MILLIS - (long) load.millis()));
      return observe(load);
    } finally {
      load.stop();
      lab.healAll();
    }
  }

  // The observers begin after the baseline: their queries would delay its answers.
  private Observed observe(OrderLoad load) throws InterruptedException {
    FracturedReader fractured = new FracturedReader(lab.platform(), load::millis);
    InDoubtSampler sampler = new InDoubtSampler(lab.platform(), protocol, load::millis);
    try (fractured;
        sampler) {
      FaultInjector injector = new FaultInjector(lab, client, protocol, load::millis, progress);
      List<Injected> injected = injector.run(plan);
      List<OrderAttempt> attempts = load.endAfter(plan.lengthMillis());
      injector.awaitStarted();
      double end = attempts.stream().mapToDouble(OrderAttempt::intendedMillis).max().orElse(0);
      awaitClear(sampler, load);
      fractured.close();
      sampler.close();
      return new Observed(
          attempts,
          injected,
          InDoubtSeries.of(sampler.samples()),
          fractured.count(),
          load.beginMicros(),
          Math.max((double) plan.lengthMillis(), end));
    }
  }

  // Branches in doubt at the end of the load are sampled until they are decided.
  private static void awaitClear(InDoubtSampler sampler, OrderLoad load)
      throws InterruptedException {
    double from = load.millis();
    boolean unused =
        Waiting.until(
            Duration.ofSeconds(10),
            () -> {
              InDoubtSeries series = InDoubtSeries.of(sampler.samples());
              return series.clearAfter(from + 200, 0) >= 0;
            });
  }

  private record Quiet(@Nullable Double seconds, List<String> inProgress) {}

  private Quiet quiesce() throws InterruptedException {
    Quiescence quiescence = new Quiescence(new EvidenceReader(lab.platform()));
    long begin = System.nanoTime();
    List<String> inProgress = List.of("not read");
    while (System.nanoTime() - begin < QUIESCENT_WITHIN.toNanos()) {
      try {
        inProgress = new ArrayList<>(quiescence.inProgress());
        int inDoubt = inDoubt();
        if (inDoubt > 0) {
          inProgress.add(inDoubt + " branches in doubt");
        }
        if (inProgress.isEmpty()) {
          double seconds = (System.nanoTime() - begin) / 1e9;
          return new Quiet(Quantiles.rounded(seconds), List.of());
        }
      } catch (SQLException | RuntimeException notYet) {
        // A part that has just started does not answer yet.
        inProgress = List.of(String.valueOf(notYet));
      }
      Thread.sleep(QUIESCENCE_EVERY_MILLIS);
    }
    return new Quiet(null, List.copyOf(inProgress));
  }

  private int inDoubt() throws SQLException {
    int sum = 0;
    for (String domain : Topology.domains()) {
      sum += reader.inDoubt(protocol, domain);
    }
    return sum;
  }

  private FinalState finalState(Quiet quiet, Map<String, OrderEffects> orders, Observed observed)
      throws SQLException {
    List<OrderEffects> all = List.copyOf(orders.values());
    long completed = all.stream().filter(order -> order.orderAt() != null).count();
    return new FinalState(
        quiet.seconds(),
        quiet.inProgress(),
        all.size(),
        (int) all.stream().filter(OrderEffects::isWhole).count(),
        FinalState.divergent(all),
        FinalState.counterexamples(all),
        FinalState.brokenAnswers(
            observed.attempts(), orders, Set.copyOf(reader.orderIds(protocol).values())),
        inDoubt(),
        reader.sums(protocol, completed),
        protocol.isExact() ? findings() : List.of());
  }

  // The databases hold what earlier protocols left, too: those that promise nothing come last.
  private List<String> findings() {
    return DatabaseInvariants.violations(new EvidenceReader(lab.platform()).books()).stream()
        .limit(20)
        .toList();
  }

  private ProtocolResult result(
      Observed observed,
      @Nullable OrderCosts costs,
      Map<String, OrderEffects> orders,
      FinalState finalState,
      @Nullable OrderServiceOutage outage,
      Throughput throughput,
      Sequences sequences)
      throws SQLException {
    List<Double> completed = new ArrayList<>();
    List<Double> windows = new ArrayList<>();
    for (OrderEffects order : orders.values()) {
      Long last = order.lastMicros();
      Double window = order.windowMillis();
      if (last != null && window != null && last >= observed.beginMicros()) {
        completed.add((last - observed.beginMicros()) / 1_000.0);
        windows.add(window);
      }
    }
    Course course =
        new Course(
            observed.attempts(),
            observed.inDoubt(),
            EffectTimes.of(
                observed.attempts(), orders, reader.orderIds(protocol), observed.beginMicros()));
    return new ProtocolResult(
        protocol.id(),
        protocol.says(),
        undisturbed(observed, costs),
        ClientSecond.series(observed.attempts(), completed, (long) observed.endMillis()),
        (int) observed.attempts().stream().filter(order -> order.requests() > 1).count(),
        FaultResult.of(observed.injected(), course, observed.endMillis()),
        observed.inDoubt(),
        outage,
        Quantiles.of(windows),
        points(windows),
        observed.fractured(),
        finalState,
        throughput.contention(),
        throughput.delay(),
        sequences);
  }

  private Undisturbed undisturbed(Observed observed, @Nullable OrderCosts costs)
      throws SQLException {
    List<OrderAttempt> attempts =
        observed.attempts().stream()
            .filter(
                order -> order.intendedMillis() < plan.baselineMillis() - OBSERVERS_START_MILLIS)
            .toList();
    List<Double> answers = new ArrayList<>();
    for (OrderAttempt attempt : attempts) {
      if (attempt.isOk()) {
        answers.add(attempt.millis());
      }
    }
    return new Undisturbed(
        (plan.baselineMillis() - OBSERVERS_START_MILLIS) / 1e3,
        attempts.size(),
        answers.size(),
        Quantiles.of(answers),
        Quantiles.of(holds(observed.beginMicros())),
        costs);
  }

  private List<Double> holds(long beginMicros) throws SQLException {
    return LockHolds.byItem(
            reader.committedBranches(
                protocol,
                beginMicros,
                beginMicros
                    + TimeUnit.MILLISECONDS.toMicros(
                        plan.baselineMillis() - OBSERVERS_START_MILLIS)))
        .values()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /** The distribution, with as many points as a plot can show. */
  static List<SharePoint> points(List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    List<SharePoint> points = new ArrayList<>();
    for (int at = 0; at < WINDOW_POINTS && !sorted.isEmpty(); at++) {
      double share = (at + 1.0) / WINDOW_POINTS;
      points.add(new SharePoint(Quantiles.at(sorted, share), share));
    }
    return points;
  }
}
