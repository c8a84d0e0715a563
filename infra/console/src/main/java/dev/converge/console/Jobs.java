package dev.converge.console;

import dev.converge.console.view.Job;
import dev.converge.console.view.Job.Outcome;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the actions on many sagas, one saga at a time, by the routes that order-service has: a saga
 * that is not stuck any more refuses. Jobs are in memory: after a restart of the console, the rest
 * is selected again.
 */
final class Jobs extends VerticleBase {
  private static final long TICK_MS = 20;
  private static final int REMEMBERED = 10;

  private final Upstream upstream;
  private final URI orders;
  private final Clock clock;
  private final Consumer<JsonObject> show;
  private final Deque<Job> jobs = new ArrayDeque<>();
  private final Set<String> judging = new HashSet<>();
  private int lastId;

  /**
   * @param show receives all jobs after each change
   */
  Jobs(Upstream upstream, URI orders, Clock clock, Consumer<JsonObject> show) {
    this.upstream = upstream;
    this.orders = orders;
    this.clock = clock;
    this.show = show;
  }

  @Override
  public Future<?> start() {
    long unused = vertx.setPeriodic(TICK_MS, tick -> tick());
    return Future.succeededFuture();
  }

  /** Begins a job; the oldest is forgotten. Called from any thread, as all of these. */
  Future<Integer> begin(
      String action, String operator, String reason, Job.Pace pace, List<String> orderIds) {
    return onLoop(
        () -> {
          lastId++;
          jobs.addFirst(
              Job.begun(lastId, action, operator, reason, pace, orderIds, clock.instant()));
          while (jobs.size() > REMEMBERED) {
            jobs.removeLast();
          }
          publish();
          return lastId;
        });
  }

  /** Changes a job; false if there is none with this number. */
  Future<Boolean> change(int id, UnaryOperator<Job> change) {
    return onLoop(() -> replaced(id, change));
  }

  private <T> Future<T> onLoop(Supplier<T> work) {
    return Future.future(result -> context.runOnContext(on -> result.complete(work.get())));
  }

  private boolean replaced(int id, UnaryOperator<Job> change) {
    Optional<Job> found = jobs.stream().filter(job -> job.id() == id).findFirst();
    found.ifPresent(
        job -> {
          Job changed = change.apply(job);
          List<Job> all = jobs.stream().map(each -> each.id() == id ? changed : each).toList();
          jobs.clear();
          jobs.addAll(all);
          publish();
        });
    return found.isPresent();
  }

  private void publish() {
    JsonArray shown = new JsonArray();
    jobs.forEach(job -> shown.add(job.json()));
    show.accept(new JsonObject().put("jobs", shown));
  }

  private void tick() {
    for (Job job : List.copyOf(jobs)) {
      if (!job.isOver()) {
        job.due(clock.instant()).ifPresent(orderId -> act(job, orderId));
        job.toJudge(clock.instant()).forEach(orderId -> judge(job.id(), orderId));
      }
    }
  }

  private void act(Job job, String orderId) {
    boolean unused = replaced(job.id(), now -> now.sent(orderId, clock.instant()));
    upstream
        .send(
            HttpMethod.POST,
            orders,
            "/sagas/" + orderId + "/" + job.action(),
            Map.of(),
            new JsonObject().put("operator", job.operator()).put("reason", job.reason()))
        .onSuccess(answer -> answered(job.id(), orderId, answer))
        .onFailure(cause -> settle(job.id(), orderId, Outcome.UNKNOWN, cause.getMessage()));
  }

  private void answered(int id, String orderId, Upstream.Answer answer) {
    if (!answer.isOk()) {
      Outcome outcome = answer.status() == 409 ? Outcome.REFUSED : Outcome.UNKNOWN;
      settle(id, orderId, outcome, detail(answer));
    }
  }

  private static String detail(Upstream.Answer answer) {
    return answer.contentType().contains("json")
        ? new JsonObject(answer.body()).getString("detail", "status " + answer.status())
        : "status " + answer.status();
  }

  private void judge(int id, String orderId) {
    if (judging.add(id + " " + orderId)) {
      upstream
          .get(orders, "/sagas/" + orderId)
          .compose(Upstream.Answer::json)
          .onSuccess(saga -> judged(id, orderId, saga))
          .onFailure(cause -> settle(id, orderId, Outcome.UNKNOWN, cause.getMessage()))
          .onComplete(done -> judging.remove(id + " " + orderId));
    }
  }

  private void judged(int id, String orderId, JsonObject saga) {
    boolean isStuck = "STUCK".equals(saga.getString("status"));
    settle(id, orderId, isStuck ? Outcome.STUCK_AGAIN : Outcome.LEFT_STUCK, null);
  }

  private void settle(int id, String orderId, Outcome outcome, @Nullable String detail) {
    boolean unused = replaced(id, job -> job.settled(orderId, outcome, detail));
  }
}
