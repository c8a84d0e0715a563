package dev.converge.console;

import dev.converge.console.view.ChaosPlan;
import dev.converge.console.view.ChaosPlan.Fault;
import dev.converge.console.view.ChaosPlan.Step;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Injects the faults of a plan, until its end. Then every part that it has killed is started. */
final class Chaos extends VerticleBase {
  static final int MOST_SECONDS = 600;

  private static final Logger LOG = LoggerFactory.getLogger(Chaos.class);
  private static final int REMEMBERED = 20;

  private final Faults faults;
  private final Clock clock;
  private final Consumer<JsonObject> show;
  private final Deque<JsonObject> done = new ArrayDeque<>();
  private final Set<String> killed = new HashSet<>();
  private @Nullable ChaosPlan plan;
  private @Nullable Instant until;
  private long timer = -1;
  private long end = -1;
  private int steps;

  /**
   * @param show receives the state after each change
   */
  Chaos(Faults faults, Clock clock, Consumer<JsonObject> show) {
    this.faults = faults;
    this.clock = clock;
    this.show = show;
  }

  @Override
  public Future<?> start() {
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    finish();
    return Future.succeededFuture();
  }

  /** Begins a plan; one that runs is ended. Called from any thread. */
  void begin(ChaosPlan begun, int seconds) {
    context.runOnContext(
        on -> {
          finish();
          plan = begun;
          steps = 0;
          done.clear();
          until = clock.instant().plusSeconds(seconds);
          timer = vertx.setPeriodic(1, begun.everySeconds() * 1_000L, tick -> next(begun));
          end = vertx.setTimer(seconds * 1_000L, over -> finish());
          publish();
        });
  }

  /** Ends the plan. Called from any thread. */
  void endSoon() {
    context.runOnContext(on -> finish());
  }

  private void finish() {
    boolean wasTimer = vertx.cancelTimer(timer);
    boolean wasEnd = vertx.cancelTimer(end);
    if (plan != null) {
      LOG.info("random faults of seed {} end ({}, {})", plan.seed(), wasTimer, wasEnd);
      plan = null;
      until = null;
      Set.copyOf(killed).forEach(this::startAgain);
      publish();
    }
  }

  private void next(ChaosPlan running) {
    Step step = running.step(steps);
    steps++;
    Future<Void> begun =
        step.fault() == Fault.KILL
            ? faults.kill(step.part()).onSuccess(dead -> startLater(step))
            : faults.pause(step.part(), step.seconds());
    begun
        .onSuccess(hit -> note(step, "done"))
        .onFailure(cause -> note(step, String.valueOf(cause.getMessage())));
  }

  private void startLater(Step step) {
    killed.add(step.part());
    long unused = vertx.setTimer(step.seconds() * 1_000L, due -> startAgain(step.part()));
  }

  private void startAgain(String part) {
    if (killed.remove(part)) {
      faults.start(part).onFailure(cause -> LOG.warn("{} is not started", part, cause));
    }
  }

  private void note(Step step, String outcome) {
    done.addFirst(
        new JsonObject()
            .put("at", clock.instant().toString())
            .put("part", step.part())
            .put("fault", step.fault().name().toLowerCase(Locale.ROOT))
            .put("seconds", step.seconds())
            .put("outcome", outcome));
    if (done.size() > REMEMBERED) {
      done.removeLast();
    }
    publish();
  }

  private void publish() {
    JsonArray shown = new JsonArray();
    done.forEach(shown::add);
    JsonObject json = new JsonObject().put("running", plan != null).put("done", shown);
    if (plan != null) {
      json.put("seed", plan.seed());
    }
    if (until != null) {
      json.put("until", until.toString());
    }
    show.accept(json);
  }
}
