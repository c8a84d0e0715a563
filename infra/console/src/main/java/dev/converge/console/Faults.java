package dev.converge.console;

import dev.converge.platform.PlatformException;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches of faults: kill, start and pause a part, and the behaviour of the simulated provider. A
 * pause and a behaviour end by themselves, and with the console.
 */
final class Faults extends VerticleBase {
  /** The longest time for which a fault is switched on. */
  static final int MOST_SECONDS = 120;

  /** The behaviour that a switch returns to. */
  static final String NORMAL = "NORMAL";

  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
  private static final int THREADS = 4;
  private static final Duration START_WITHIN = Duration.ofMinutes(4);
  private static final Duration UNDONE_WITHIN = Duration.ofSeconds(4);

  private final Optional<PartProcesses> processes;
  private final Upstream upstream;
  private final URI payment;
  private final Clock clock;
  private final Map<String, Instant> pauses = new ConcurrentHashMap<>();
  private final Map<String, String> failures = new ConcurrentHashMap<>();
  private volatile @Nullable Instant providerUntil;
  private @Nullable WorkerExecutor workers;
  private long providerTimer = -1;

  Faults(Optional<PartProcesses> processes, Upstream upstream, URI payment, Clock clock) {
    this.processes = processes;
    this.upstream = upstream;
    this.payment = payment;
    this.clock = clock;
  }

  /** When the pauses end. */
  Map<String, Instant> pauses() {
    return Map.copyOf(pauses);
  }

  /** Why the last start of a part failed. */
  Map<String, String> failures() {
    return Map.copyOf(failures);
  }

  /** When the provider becomes normal again; null if the console has not switched it. */
  @Nullable Instant providerUntil() {
    return providerUntil;
  }

  /** Whether it can reach the processes of the parts. */
  boolean reachesProcesses() {
    return processes.isPresent();
  }

  @Override
  public Future<?> start() {
    workers =
        vertx.createSharedWorkerExecutor(
            "console-faults", THREADS, START_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    // A console that was killed could not end the pauses that it had begun.
    processes.ifPresent(reached -> work(() -> resumeAll(reached)));
    return Future.succeededFuture();
  }

  private static void resumeAll(PartProcesses processes) {
    for (String part : processes.parts()) {
      if (processes.see(part).isPaused()) {
        LOG.warn("{} was paused; it is resumed", part);
        processes.resume(part);
      }
    }
  }

  @Override
  public Future<?> stop() {
    List<Future<Void>> undone = new ArrayList<>();
    pauses.keySet().forEach(part -> undone.add(resume(part)));
    if (providerUntil != null) {
      undone.add(makeProviderNormal());
    }
    return Future.join(undone)
        .timeout(UNDONE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(cause -> LOG.warn("faults that are still switched on: {}", pauses, cause))
        .otherwiseEmpty();
  }

  Future<Void> kill(String part) {
    return on(part, processes -> processes.kill(part));
  }

  /** Starts a part. Completes before it is ready; if it fails, the part shows why. */
  Future<Void> start(String part) {
    PartProcesses reached = reached(part);
    failures.remove(part);
    work(() -> reached.start(part))
        .onFailure(cause -> failures.put(part, String.valueOf(cause.getMessage())));
    return Future.succeededFuture();
  }

  /** Pauses a part for some seconds. */
  Future<Void> pause(String part, int seconds) {
    PartProcesses reached = reached(part);
    Instant until = clock.instant().plusSeconds(seconds);
    pauses.put(part, until);
    vertx.setTimer(seconds * 1_000L, due -> endPause(part, until));
    return work(() -> reached.pause(part)).onFailure(cause -> pauses.remove(part));
  }

  // A later pause of the same part has a later end.
  private void endPause(String part, Instant until) {
    if (until.equals(pauses.get(part))) {
      resume(part).onFailure(cause -> LOG.error("{} stays paused", part, cause));
    }
  }

  Future<Void> resume(String part) {
    PartProcesses reached = reached(part);
    return work(() -> reached.resume(part)).onSuccess(done -> pauses.remove(part));
  }

  private Future<Void> on(String part, Consumer<PartProcesses> change) {
    PartProcesses reached = reached(part);
    return work(() -> change.accept(reached)).onSuccess(done -> pauses.remove(part));
  }

  private PartProcesses reached(String part) {
    PartProcesses reached =
        processes.orElseThrow(
            () ->
                Problem.of(
                    ProblemType.PART_NOT_CHANGED,
                    "the console cannot reach processes here; copy the command instead"));
    if (part.equals("console")) {
      throw Problem.of(
          ProblemType.PART_NOT_CHANGED,
          "the console does not change itself: ./converge kill console");
    }
    if (!reached.parts().contains(part)) {
      throw Problem.of(ProblemType.NOT_FOUND, "no such part");
    }
    return reached;
  }

  private Future<Void> work(Runnable change) {
    WorkerExecutor running = workers;
    if (running == null) {
      return Future.failedFuture("the console is not started");
    }
    return running
        .<Void>executeBlocking(
            () -> {
              change.run();
              return null;
            },
            false)
        .recover(Faults::refused);
  }

  private static Future<Void> refused(Throwable cause) {
    return Future.failedFuture(
        cause instanceof PlatformException
            ? Problem.of(ProblemType.PART_NOT_CHANGED, String.valueOf(cause.getMessage()))
            : cause);
  }

  /** Switches the provider for some seconds; {@code NORMAL} ends a switch. */
  Future<Upstream.Answer> switchProvider(JsonObject behaviour, int seconds) {
    return upstream
        .send(HttpMethod.PUT, payment, "/provider", Map.of(), behaviour)
        .onSuccess(answer -> switched(answer, behaviour, seconds));
  }

  private void switched(Upstream.Answer answer, JsonObject behaviour, int seconds) {
    if (!answer.isOk()) {
      return;
    }
    boolean unused = vertx.cancelTimer(providerTimer);
    if (NORMAL.equals(behaviour.getString("behaviour"))) {
      providerUntil = null;
    } else {
      providerUntil = clock.instant().plusSeconds(seconds);
      providerTimer = vertx.setTimer(seconds * 1_000L, due -> endSwitch());
    }
  }

  // The switch is in payment-service's memory: it is normal after a start, too.
  private void endSwitch() {
    makeProviderNormal()
        .onFailure(
            cause -> {
              LOG.warn("provider stays switched, next attempt in 1 s: {}", cause.getMessage());
              providerTimer = vertx.setTimer(1_000, due -> endSwitch());
            });
  }

  private Future<Void> makeProviderNormal() {
    return upstream
        .send(
            HttpMethod.PUT,
            payment,
            "/provider",
            Map.of(),
            new JsonObject().put("behaviour", NORMAL))
        .compose(Upstream.Answer::json)
        .onSuccess(normal -> providerUntil = null)
        .mapEmpty();
  }
}
