package dev.converge.lab.protocols;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Quiescence;
import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.protocols.SyncAsyncFigures.Measured;
import dev.converge.lab.protocols.SyncAsyncFigures.Settings;
import dev.converge.lab.protocols.SyncAsyncFigures.State;
import dev.converge.lab.protocols.SyncAsyncFigures.Way;
import dev.converge.lab.report.Machine;
import dev.converge.platform.Part;
import io.vertx.core.Future;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Places the same orders in three ways at the same time, while payment is healthy, slow and down.
 */
final class SyncAsyncRun {
  private static final Duration QUIESCENT_WITHIN = Duration.ofMinutes(2);
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration WARM_WITHIN = Duration.ofMinutes(1);
  private static final int WARM_UP_CLIENTS = 4;

  /** The share of the last orders of a warm-up that a warm platform answers with 2xx. */
  private static final double WARM = 0.95;

  private static final double WARM_MEDIAN_MILLIS = 200;
  private static final Duration CALMED = Duration.ofSeconds(5);

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final Settings settings;
  private final Consumer<String> progress;

  SyncAsyncRun(
      ProtocolPlatform lab, OrderClient client, Settings settings, Consumer<String> progress) {
    this.lab = lab;
    this.client = client;
    this.settings = settings;
    this.progress = progress;
  }

  private static CommitProtocol protocol(Way way) {
    return way.isAsynchronous() ? CommitProtocol.SAGA : CommitProtocol.DUAL_WRITE;
  }

  /** When each state began and ended, in milliseconds of the loads. */
  private record Span(double from, double to) {
    boolean contains(OrderAttempt attempt) {
      return attempt.intendedMillis() >= from && attempt.intendedMillis() < to;
    }
  }

  /** The loads, which began at nearly the same moment, and what they were answered. */
  private record Offered(
      Map<Way, List<OrderAttempt>> attempts, Map<Way, Long> beginMicros, Map<State, Span> spans) {}

  SyncAsyncFigures run() throws InterruptedException, SQLException {
    lab.fill(CommitProtocol.SAGA);
    lab.fill(CommitProtocol.DUAL_WRITE);
    progress.accept("warming up");
    for (Way way : List.of(Way.IMMEDIATE, Way.CHAIN)) {
      warmUp(protocol(way));
    }
    boolean unused = new Quiescence(new EvidenceReader(lab.platform())).await(QUIESCENT_WITHIN);
    Offered offered = offer();
    progress.accept("waiting until no work is in progress");
    boolean quiescent = new Quiescence(new EvidenceReader(lab.platform())).await(QUIESCENT_WITHIN);
    if (!quiescent) {
      // The claims about complete orders then say how many are not.
      progress.accept("some work does not end");
    }
    return new SyncAsyncFigures(settings, Machine.here(), measured(offered));
  }

  // The first orders load classes, and may miss the timeouts of calls.
  private void warmUp(CommitProtocol protocol) throws InterruptedException {
    long until = System.nanoTime() + WARM_WITHIN.toNanos();
    for (int attempt = 1; ; attempt++) {
      OrderSource source = new OrderSource(protocol, 0, -settings.seed() - attempt);
      List<OrderAttempt> all =
          OrderLoad.closed(client, source, WARM_UP_CLIENTS).endAfter(WARM_UP.toMillis());
      List<OrderAttempt> last = all.subList(all.size() / 2, all.size());
      Double median = Quantiles.of(last.stream().map(OrderAttempt::millis).toList()).p50();
      boolean warm =
          last.stream().filter(OrderAttempt::isOk).count() >= last.size() * WARM
              && median != null
              && median < WARM_MEDIAN_MILLIS;
      if (warm) {
        return;
      }
      if (System.nanoTime() > until) {
        progress.accept("the machine is too busy for orders of " + protocol.id());
        return;
      }
    }
  }

  // The ways place other orders, with other keys.
  private long seed(Way way) {
    return settings.seed() * 31 + way.name().hashCode();
  }

  private Offered offer() throws InterruptedException {
    Map<Way, OrderLoad> loads = new EnumMap<>(Way.class);
    for (Way way : Way.values()) {
      OrderSource source = new OrderSource(protocol(way), 0, seed(way));
      loads.put(
          way,
          OrderLoad.open(client, source, settings.ordersPerSecond(), order -> place(way, order)));
    }
    Map<State, Span> spans = new EnumMap<>(State.class);
    try {
      OrderLoad clock = loads.values().iterator().next();
      for (State state : State.values()) {
        progress.accept(state.says());
        begin(state);
        double from = clock.millis();
        Waiting.pause(Duration.ofMillis((long) (settings.seconds() * 1_000)));
        spans.put(state, new Span(from, clock.millis()));
        end(state);
        // Time to work off the backlog, which is not counted.
        Waiting.pause(CALMED);
      }
    } finally {
      loads.values().forEach(OrderLoad::stop);
      lab.healAll();
    }
    Map<Way, List<OrderAttempt>> attempts = new EnumMap<>(Way.class);
    Map<Way, Long> begins = new EnumMap<>(Way.class);
    loads.forEach((way, load) -> attempts.put(way, load.end()));
    loads.forEach((way, load) -> begins.put(way, load.beginMicros()));
    return new Offered(attempts, begins, spans);
  }

  private Future<OrderClient.Answer> place(Way way, OrderSource.NewOrder order) {
    Duration wait = Duration.ofSeconds(settings.waitSeconds());
    return client.placeOnce(
        order,
        wait.plus(OrderClient.ANSWER_WITHIN),
        way == Way.WAITING ? Map.of("Prefer", "wait=" + settings.waitSeconds()) : Map.of());
  }

  private void begin(State state) {
    switch (state) {
      case HEALTHY -> {
        // Nothing is done to it.
      }
      case SLOW ->
          waysToPayment()
              .forEach(link -> link.delay(settings.delayMillis(), settings.delayMillis()));
      case DOWN -> lab.platform().kill(Part.PAYMENT_SERVICE);
    }
  }

  private void end(State state) {
    switch (state) {
      case HEALTHY -> {
        // Nothing was done to it.
      }
      case SLOW -> waysToPayment().forEach(link -> link.set(LinkProxy.Mode.PASS));
      case DOWN -> lab.start(Part.PAYMENT_SERVICE);
    }
  }

  /** Its calls, its commands and its replies. */
  private List<LinkProxy> waysToPayment() {
    return Stream.concat(
            Stream.of(lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE)),
            lab.messages(Part.PAYMENT_SERVICE).stream())
        .toList();
  }

  private List<Measured> measured(Offered offered) throws SQLException {
    EffectsReader reader = new EffectsReader(lab.platform());
    Map<String, OrderEffects> effects = new HashMap<>();
    Map<String, String> orderIds = new HashMap<>();
    for (CommitProtocol protocol : List.of(CommitProtocol.SAGA, CommitProtocol.DUAL_WRITE)) {
      effects.putAll(reader.orders(protocol));
      orderIds.putAll(reader.orderIds(protocol));
    }
    List<Measured> measured = new ArrayList<>();
    for (Way way : Way.values()) {
      List<OrderAttempt> attempts = offered.attempts().getOrDefault(way, List.of());
      long begin = offered.beginMicros().getOrDefault(way, 0L);
      offered
          .spans()
          .forEach(
              (state, span) ->
                  measured.add(
                      measured(
                          way,
                          state,
                          attempts.stream().filter(span::contains).toList(),
                          new Effects(effects, orderIds, begin))));
    }
    return measured;
  }

  /**
   * The effects of orders.
   *
   * @param byId of the orders that have some
   * @param orderIds by the keys of their requests
   * @param beginMicros when the load began
   */
  record Effects(Map<String, OrderEffects> byId, Map<String, String> orderIds, long beginMicros) {}

  /** Pure. */
  static Measured measured(Way way, State state, List<OrderAttempt> attempts, Effects effects) {
    int kept = 0;
    int whole = 0;
    int half = 0;
    List<Double> answers = new ArrayList<>();
    List<Double> ends = new ArrayList<>();
    for (OrderAttempt attempt : attempts) {
      answers.add(attempt.millis());
      String id = effects.orderIds().get(attempt.key());
      OrderEffects found = id == null ? null : effects.byId().get(id);
      Long last = found == null ? null : found.lastMicros();
      if (last != null) {
        whole++;
        kept += attempt.isOk() ? 1 : 0;
        ends.add((last - effects.beginMicros()) / 1_000.0 - attempt.intendedMillis());
      } else if (found != null && found.divergence() != null) {
        half++;
      }
    }
    return new Measured(
        way,
        state,
        attempts.size(),
        (int) attempts.stream().filter(OrderAttempt::isOk).count(),
        (int) attempts.stream().filter(OrderAttempt::isCompleted).count(),
        Quantiles.of(answers),
        kept,
        whole,
        half,
        Quantiles.of(ends));
  }
}
