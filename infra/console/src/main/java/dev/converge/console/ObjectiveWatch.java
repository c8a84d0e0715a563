package dev.converge.console;

import dev.converge.console.view.Growth;
import dev.converge.console.view.Objective;
import dev.converge.console.view.ObjectiveHistory;
import dev.converge.console.view.Observation;
import dev.converge.console.view.Scrape;
import dev.converge.console.view.Selector;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scrapes the processes of the services, and keeps how the objectives were kept: every three
 * seconds while a page is open, every fifteen otherwise, so that a new page has a past. It is the
 * same file of objectives that Prometheus' rules are made from.
 */
final class ObjectiveWatch extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectiveWatch.class);
  private static final String FILE = "observability/slo.json";
  private static final Duration WHILE_READ = Duration.ofSeconds(3);
  private static final Duration OTHERWISE = Duration.ofSeconds(15);
  private static final long TICK_MS = 250;

  private final Upstream upstream;
  private final List<URI> processes;
  private final IntSupplier readers;
  private final Consumer<JsonObject> shown;
  private final Clock clock;
  private final UnaryOperator<String> link;
  private final List<ObjectiveHistory> histories;
  private final Set<String> metrics;
  private final Rounds rounds = new Rounds(WHILE_READ.toMillis(), this::scrapeAll);

  // On the event loop of this verticle only.
  private final Map<URI, Scrape> last = new HashMap<>();
  private final Instant since;
  private @Nullable Instant before;
  private long nextMs;

  /**
   * @param readers how many pages are open
   * @param shown is called with the summary after each scrape
   */
  ObjectiveWatch(
      ConsoleConfig config,
      Upstream upstream,
      IntSupplier readers,
      Consumer<JsonObject> shown,
      Clock clock) {
    List<Objective> objectives = Objective.parse(read());
    this.upstream = upstream;
    this.processes = config.processes();
    this.readers = readers;
    this.shown = shown;
    this.clock = clock;
    this.since = clock.instant();
    this.link = traceId -> config.trace().replace("{traceId}", traceId);
    this.histories = objectives.stream().map(ObjectiveHistory::new).toList();
    this.metrics =
        objectives.stream()
            .flatMap(objective -> objective.indicator().selectors().stream())
            .map(Selector::metric)
            .collect(Collectors.toUnmodifiableSet());
  }

  private static String read() {
    try (InputStream stored = ObjectiveWatch.class.getClassLoader().getResourceAsStream(FILE)) {
      return new String(
          Objects.requireNonNull(stored, FILE).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Future<?> start() {
    long ticks = vertx.setPeriodic(TICK_MS, tick -> tick());
    LOG.debug("scrapes by timer {}", ticks);
    return Future.succeededFuture();
  }

  private void tick() {
    long now = System.nanoTime() / 1_000_000;
    if (readers.getAsInt() > 0 || now >= nextMs) {
      rounds.tick(now);
    }
  }

  private Future<Void> scrapeAll() {
    nextMs = System.nanoTime() / 1_000_000 + OTHERWISE.toMillis();
    Map<URI, Scrape> scrapes = new HashMap<>();
    List<Future<Upstream.Answer>> all = new ArrayList<>();
    for (URI process : processes) {
      all.add(
          upstream
              .scrape(process)
              .onSuccess(
                  answer -> {
                    if (answer.isOk()) {
                      scrapes.put(
                          process, Scrape.parse(answer.body().toString(), metrics::contains));
                    }
                  }));
    }
    // A process that does not answer is left out: the part's state shows it.
    return Future.join(all)
        .transform(done -> Future.<Void>succeededFuture())
        .onSuccess(done -> observed(scrapes));
  }

  private void observed(Map<URI, Scrape> scrapes) {
    Instant now = clock.instant();
    double seconds = before == null ? 0 : secondsBetween(before, now);
    before = now;
    List<Growth> growths = new ArrayList<>();
    scrapes.forEach(
        (process, scrape) -> {
          Scrape earlier = last.put(process, scrape);
          growths.add(earlier == null ? Growth.first(scrape) : Growth.between(earlier, scrape));
        });
    Observation seen = new Observation(now, seconds, growths);
    histories.forEach(history -> history.add(seen));
    shown.accept(summary(now));
  }

  // Of a machine that slept, nothing is known.
  private static double secondsBetween(Instant before, Instant now) {
    long millis = Duration.between(before, now).toMillis();
    return Math.max(0, Math.min(millis, 2 * OTHERWISE.toMillis())) / 1_000.0;
  }

  private JsonObject summary(Instant now) {
    JsonArray objectives = new JsonArray();
    histories.forEach(history -> objectives.add(history.summary(now)));
    return new JsonObject()
        .put("at", now.toString())
        .put("observedSeconds", Duration.between(since, now).toSeconds())
        .put("objectives", objectives);
  }

  /** All of it, with plots. Called from any thread. */
  Future<JsonObject> json() {
    return Future.future(result -> context.runOnContext(on -> result.complete(jsonNow())));
  }

  private JsonObject jsonNow() {
    Instant now = clock.instant();
    JsonArray objectives = new JsonArray();
    histories.forEach(history -> objectives.add(history.json(now, link)));
    return summary(now).put("objectives", objectives);
  }
}
