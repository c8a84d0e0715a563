package dev.converge.console;

import dev.converge.console.view.Attention;
import dev.converge.console.view.Flow;
import dev.converge.console.view.Gauges;
import dev.converge.console.view.OrderKind;
import dev.converge.console.view.PartView;
import dev.converge.console.view.Scrape;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observes the parts while a page is open, and publishes what has changed. Every observation has a
 * timeout; one that fails leaves the last answer in place, and the part's state shows why.
 */
final class Collector extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
  private static final long TICK_MS = 50;
  private static final long ALIVE_MS = 10_000;
  private static final int ORDERS = 50;
  private static final int STUCK_PAGES = 5;
  private static final int ROUNDS_UNTIL_SHOWN = 5;
  private static final Duration MOMENT = Duration.ofMillis(20);
  private static final Duration PROBED_WITHIN = Duration.ofSeconds(1);
  private static final Duration TOPICS_WITHIN = Duration.ofSeconds(10);

  /** The topics, each with the group that handles it. */
  static final Map<String, String> TOPICS =
      Map.of(
          "inventory.commands", "inventory-service",
          "payment.commands", "payment-service",
          "order.replies", "order-service",
          "order.events", "");

  private final ConsoleConfig config;
  private final Upstream upstream;
  private final Optional<PartProcesses> processes;
  private final Faults faults;
  private final EventStream stream;
  private final Clock clock;
  private final List<Rounds> rounds;

  // The last answers, which a new page is shown. Replaced and never changed.
  private volatile Map<String, PartView> parts = Map.of();
  private volatile Map<String, JsonObject> orders = Map.of();
  private volatile Gauges gauges;
  private volatile JsonObject shownGauges = new JsonObject();
  private volatile JsonObject backlogs = new JsonObject();
  private volatile JsonObject attention = Attention.NONE.json();
  private volatile JsonObject provider = new JsonObject();
  private volatile JsonObject saga = new JsonObject();
  private volatile JsonObject series = new JsonObject();
  private volatile JsonObject jobs = new JsonObject();
  private volatile JsonObject chaos = new JsonObject();
  private volatile JsonObject slo = new JsonObject();
  private @Nullable WorkerExecutor kafkaThread;
  private @Nullable WorkerExecutor processThread;
  private @Nullable NetClient net;
  private @Nullable TopicSource topics;
  private final Supplier<TopicSource> openTopics;
  private boolean isIdle = true;
  private int unchangedRounds;
  private String topicFailure = "";

  Collector(
      ConsoleConfig config,
      Upstream upstream,
      Optional<PartProcesses> processes,
      Faults faults,
      Supplier<TopicSource> openTopics,
      EventStreams streams,
      Clock clock) {
    this.config = config;
    this.upstream = upstream;
    this.processes = processes;
    this.faults = faults;
    this.openTopics = openTopics;
    this.clock = clock;
    this.stream = streams.showing(this::hello);
    this.gauges = new Gauges(clock.instant(), Map.of());
    this.rounds =
        List.of(
            new Rounds(250, this::readTopics),
            new Rounds(500, this::readOrders),
            new Rounds(1_000, this::observeParts),
            new Rounds(1_000, this::readGauges),
            new Rounds(1_000, this::readBacklogs),
            new Rounds(2_000, this::readAttention),
            new Rounds(2_000, this::readProvider));
  }

  /** Creates the stream for a picture. */
  @FunctionalInterface
  interface EventStreams {
    EventStream showing(Supplier<JsonObject> hello);
  }

  EventStream stream() {
    return stream;
  }

  @Override
  public Future<?> start() {
    kafkaThread =
        vertx.createSharedWorkerExecutor(
            "console-topics", 1, TOPICS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    processThread =
        vertx.createSharedWorkerExecutor(
            "console-processes", 1, TOPICS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    net =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout((int) PROBED_WITHIN.toMillis()));
    stream.onFirstReader(this::observeSoon);
    long ticks = vertx.setPeriodic(TICK_MS, tick -> tick());
    long alive = vertx.setPeriodic(ALIVE_MS, tick -> stream.keepAlive());
    LOG.debug("observes by timers {} and {}", ticks, alive);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stream.close();
    return kafka(
            () -> {
              closeTopics();
              return new JsonObject();
            })
        .timeout(PROBED_WITHIN.toMillis() * 3, TimeUnit.MILLISECONDS)
        .otherwiseEmpty();
  }

  private void tick() {
    if (stream.readers() == 0) {
      isIdle = true;
      return;
    }
    long now = System.nanoTime() / 1_000_000;
    rounds.forEach(round -> round.tick(now));
    isIdle = false;
  }

  /** The whole picture. */
  private JsonObject hello() {
    JsonArray shownParts = new JsonArray();
    parts.values().forEach(part -> shownParts.add(part.json()));
    JsonArray shownOrders = new JsonArray();
    orders.values().forEach(shownOrders::add);
    JsonArray kinds = new JsonArray();
    for (OrderKind kind : OrderKind.values()) {
      kinds.add(kind.json());
    }
    return new JsonObject()
        .put("v", 1)
        .put("at", clock.instant().toString())
        .put("mode", faults.reachesProcesses() ? "embedded" : "compose")
        .put("parts", shownParts)
        .put("orders", shownOrders)
        .put("gauges", shownGauges)
        .put("backlogs", backlogs)
        .put("attention", attention)
        .put("provider", provider)
        .put("saga", saga)
        .put("series", series)
        .put("chaos", chaos)
        .put("slo", slo)
        .put("jobs", jobs.getValue("jobs", new JsonArray()))
        .put("kinds", kinds)
        .put("traces", config.traces());
  }

  /** Shows the progress of a series of orders. */
  void showSeries(JsonObject progress) {
    series = progress;
    stream.publish("series", progress);
  }

  /** Shows the actions on many sagas. */
  void showJobs(JsonObject shown) {
    jobs = shown;
    stream.publish("jobs", shown);
  }

  /** Shows the faults at random moments. */
  void showChaos(JsonObject shown) {
    chaos = shown;
    stream.publish("chaos", shown);
  }

  /** Shows how the objectives are kept. */
  void showObjectives(JsonObject shown) {
    slo = shown;
    if (stream.readers() > 0) {
      stream.publish("slo", shown);
    }
  }

  // --- parts ---

  private Future<Void> observeParts() {
    List<Future<PartView.Probe>> probes = config.parts().stream().map(this::probe).toList();
    return Future.join(probes)
        .map(done -> probes.stream().map(Future::result).toList())
        .onSuccess(this::showParts)
        .mapEmpty();
  }

  private void showParts(List<PartView.Probe> probes) {
    Map<String, PartView> before = parts;
    Map<String, PartView> now =
        PartView.after(before, probes, faults.pauses(), faults.failures(), clock.instant());
    parts = now;
    boolean changed =
        now.values().stream().anyMatch(part -> part.differsFrom(before.get(part.id())));
    // Their memory changes all the time.
    if (changed || ++unchangedRounds >= ROUNDS_UNTIL_SHOWN) {
      unchangedRounds = 0;
      publishParts();
    }
  }

  private void publishParts() {
    JsonArray shown = new JsonArray();
    parts.values().forEach(part -> shown.add(part.json()));
    stream.publish(
        "parts", new JsonObject().put("at", clock.instant().toString()).put("parts", shown));
  }

  private Future<PartView.Probe> probe(Target target) {
    Future<PartProcesses.Seen> seen =
        processes
            .map(reached -> see(reached, target.id()))
            .orElseGet(() -> Future.succeededFuture(null));
    Future<Boolean> answers = target.isHttp() ? answersHttp(target) : accepts(target);
    return Future.join(seen, answers).map(done -> probe(target, seen.result(), answers.result()));
  }

  private static PartView.Probe probe(
      Target target, PartProcesses.@Nullable Seen seen, boolean answers) {
    return seen == null
        ? new PartView.Probe(target.id(), null, answers, false, target.probe().getPort(), 0)
        : new PartView.Probe(
            target.id(), seen.runs(), answers, seen.isPaused(), seen.port(), seen.memoryMiB());
  }

  private Future<PartProcesses.Seen> see(PartProcesses reached, String part) {
    WorkerExecutor thread = processThread;
    return thread == null
        ? Future.failedFuture("the console is not started")
        : thread.executeBlocking(() -> reached.see(part), false);
  }

  private Future<Boolean> answersHttp(Target target) {
    return upstream
        .get(target.probe(), target.probe().getPath())
        .map(answer -> answer.status() == 200)
        .otherwise(false);
  }

  private Future<Boolean> accepts(Target target) {
    NetClient client = net;
    if (client == null) {
      return Future.succeededFuture(false);
    }
    return client
        .connect(target.probe().getPort(), target.probe().getHost())
        .timeout(PROBED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .compose(socket -> socket.close())
        .map(true)
        .otherwise(false);
  }

  // --- orders ---

  private Future<Void> readOrders() {
    Future<Void> definition = saga.isEmpty() ? readDefinition() : Future.succeededFuture();
    return Future.join(
            definition,
            upstream
                .get(config.service("order"), "/orders?limit=" + ORDERS)
                .compose(Upstream.Answer::json)
                .onSuccess(this::showOrders))
        .mapEmpty();
  }

  private Future<Void> readDefinition() {
    return upstream
        .get(config.service("order"), "/saga-definition")
        .compose(Upstream.Answer::json)
        .onSuccess(
            read -> {
              saga = read;
              stream.publish("saga", read);
            })
        .mapEmpty();
  }

  private void showOrders(JsonObject page) {
    Map<String, JsonObject> before = orders;
    Map<String, JsonObject> now = new LinkedHashMap<>();
    for (Object item : page.getJsonArray("items", new JsonArray())) {
      JsonObject order = summary((JsonObject) item);
      now.put(order.getString("orderId", ""), order);
    }
    orders = now;
    JsonArray changed = new JsonArray();
    now.forEach(
        (id, order) -> {
          if (!order.equals(before.get(id))) {
            changed.add(order);
          }
        });
    if (!changed.isEmpty()) {
      stream.publish("orders", new JsonObject().put("orders", changed));
    }
  }

  private static JsonObject summary(JsonObject order) {
    JsonObject summary = new JsonObject();
    for (String field : List.of("orderId", "status", "reason", "protocol", "placedAt", "endedAt")) {
      Object value = order.getValue(field);
      if (value != null) {
        summary.put(field, value);
      }
    }
    return summary;
  }

  // --- metrics ---

  private Future<Void> readGauges() {
    Map<String, Scrape> scrapes = new HashMap<>();
    List<Future<Void>> all = new ArrayList<>();
    config
        .services()
        .forEach(
            (service, address) ->
                all.add(
                    upstream
                        .get(address, "/metrics")
                        .onSuccess(
                            answer -> {
                              if (answer.isOk()) {
                                scrapes.put(service, Scrape.parse(answer.body().toString()));
                              }
                            })
                        .mapEmpty()));
    return Future.join(all)
        .transform(done -> Future.<Void>succeededFuture())
        .onSuccess(done -> showGauges(new Gauges(clock.instant(), scrapes)));
  }

  private void showGauges(Gauges now) {
    JsonObject shown = now.since(gauges);
    gauges = now;
    boolean changed =
        !shown.getValue("services").equals(shownGauges.getValue("services", new JsonObject()));
    shownGauges = shown;
    if (changed) {
      stream.publish("gauges", shown);
    }
  }

  // --- topics ---

  private Future<Void> readTopics() {
    boolean fromTheEnd = isIdle;
    return kafka(() -> polled(fromTheEnd))
        .onSuccess(this::showFlow)
        .onFailure(this::topicsFailed)
        .mapEmpty();
  }

  private JsonObject polled(boolean fromTheEnd) {
    TopicSource reader = topics;
    if (reader == null) {
      reader = openTopics.get();
      topics = reader;
      reader.seekToTheEnds();
    } else if (fromTheEnd) {
      reader.seekToTheEnds();
    }
    TopicSource.Polled polled = reader.poll(MOMENT);
    return Flow.json(polled.messages(), polled.skipped(), clock.instant());
  }

  private void showFlow(JsonObject flow) {
    topicFailure = "";
    if (!flow.getJsonObject("edges").isEmpty()) {
      stream.publish("flow", flow);
    }
  }

  private Future<Void> readBacklogs() {
    return kafka(this::readBacklog)
        .onSuccess(this::showBacklogs)
        .onFailure(this::topicsFailed)
        .mapEmpty();
  }

  private JsonObject readBacklog() {
    TopicSource reader = topics;
    return reader == null ? new JsonObject() : reader.backlogs(clock.instant());
  }

  private void showBacklogs(JsonObject read) {
    if (!read.equals(backlogs)) {
      backlogs = read;
      stream.publish("backlogs", read);
    }
  }

  private void topicsFailed(Throwable cause) {
    if (!topicFailure.equals(String.valueOf(cause.getMessage()))) {
      topicFailure = String.valueOf(cause.getMessage());
      LOG.warn("topics are not read: {}", topicFailure);
    }
    kafka(
            () -> {
              closeTopics();
              return new JsonObject();
            })
        .onFailure(late -> LOG.warn("topics are not closed", late));
  }

  // On the thread of the topics.
  private void closeTopics() {
    TopicSource reader = topics;
    topics = null;
    if (reader != null) {
      reader.close();
    }
  }

  private Future<JsonObject> kafka(Callable<JsonObject> read) {
    WorkerExecutor thread = kafkaThread;
    return thread == null
        ? Future.failedFuture(new TimeoutException("the console is not started"))
        : thread.executeBlocking(read, true);
  }

  // --- attention ---

  private Future<Void> readAttention() {
    List<JsonObject> stuck = new ArrayList<>();
    Map<String, List<JsonObject>> letters = new HashMap<>();
    Map<String, JsonObject> audits = new HashMap<>();
    Map<String, JsonObject> transactions = new HashMap<>();
    Set<String> unknown = new HashSet<>();
    List<Future<Void>> all = new ArrayList<>();
    all.add(stuck("/sagas/stuck", stuck, STUCK_PAGES).onFailure(cause -> unknown.add("order")));
    config
        .services()
        .forEach(
            (service, address) -> {
              all.add(
                  read(address, "/audit", audit -> audits.put(service, audit))
                      .onFailure(cause -> unknown.add(service)));
              all.add(
                  read(
                      address,
                      "/dead-letters?replayed=false&limit=100",
                      page -> letters.put(service, items(page))));
              // Without other protocols than the saga, there is no such route.
              all.add(read(address, "/transactions", page -> transactions.put(service, page)));
            });
    return Future.join(all)
        .transform(done -> Future.<Void>succeededFuture())
        .onSuccess(
            done -> showAttention(new Attention(stuck, letters, audits, transactions, unknown)));
  }

  private Future<Void> read(URI address, String path, Consumer<JsonObject> answer) {
    return upstream
        .get(address, path)
        .compose(Upstream.Answer::json)
        .onSuccess(answer::accept)
        .mapEmpty();
  }

  private Future<Void> stuck(String path, List<JsonObject> found, int pages) {
    return upstream
        .get(config.service("order"), path)
        .compose(Upstream.Answer::json)
        .compose(
            page -> {
              found.addAll(items(page));
              String next = page.getString("next", "");
              return next.isEmpty() || pages <= 1
                  ? Future.succeededFuture()
                  : stuck(next, found, pages - 1);
            });
  }

  private static List<JsonObject> items(JsonObject page) {
    return page.getJsonArray("items", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private void showAttention(Attention now) {
    JsonObject shown = now.json();
    if (!shown.equals(attention)) {
      attention = shown;
      stream.publish("attention", shown);
    }
  }

  // --- provider ---

  private Future<Void> readProvider() {
    return upstream
        .get(config.service("payment"), "/provider")
        .compose(Upstream.Answer::json)
        .onSuccess(this::showProvider)
        .mapEmpty();
  }

  private void showProvider(JsonObject read) {
    Instant until = faults.providerUntil();
    JsonObject shown =
        new JsonObject()
            .put("behaviour", read.getString("behaviour"))
            .put("delayMillis", read.getInteger("delayMillis"));
    if (until != null) {
      shown.put("until", until.toString());
    }
    if (!shown.equals(provider)) {
      provider = shown;
      stream.publish("provider", shown);
    }
  }

  /** Observes again soon: something was changed. Called from any thread. */
  void observeSoon() {
    context.runOnContext(soon -> rounds.forEach(Rounds::makeDue));
  }
}
