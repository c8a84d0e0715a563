package dev.converge.commitment;

import dev.converge.commitment.Branches.InDoubt;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what a crash or a lost message left open, in each instance of a service: a branch that has
 * waited for its decision for too long asks for it, and a commit that not every participant is
 * known to have applied is announced. A branch that has ended without a decision, or by a presumed
 * one, is compared with its peers. Also deletes old records.
 *
 * <p>The protocols do not wait for each other: a branch whose register does not answer delays only
 * branches of its own protocol, which need the same register.
 */
public final class Recovery extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  // Above max_prepared_transactions, so that branches that stay blocked hide no others.
  private static final int MAX_BRANCHES = 1_000;
  private static final int MAX_CONCURRENT = 64;
  private static final int MAX_ANNOUNCED = 64;
  private static final int MAX_PRUNED = 1_000;
  private static final Duration COMPARE_EVERY = Duration.ofSeconds(2);
  private static final Duration PRUNE_EVERY = Duration.ofMinutes(1);
  private static final Duration REPORT_AFTER = Duration.ofSeconds(10);
  private static final Duration REPORT_EVERY = Duration.ofSeconds(10);
  private static final Duration WITHIN = Duration.ofSeconds(20);

  /**
   * When the recovery acts.
   *
   * @param every how long after a round the next one begins
   * @param inDoubt how long a branch waits before it asks, and a commit before it is announced
   * @param retention of ended branches: longer than any request can be delayed
   */
  public record Timing(Duration every, Duration inDoubt, Duration retention) {
    /** Every 500 ms, after 2 s in doubt; records are kept for 7 days. */
    public static Timing standard() {
      return new Timing(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofDays(7));
    }
  }

  /**
   * A coordinator of this service, whose open commits are announced.
   *
   * @param protocol the short name of its transactions
   */
  public record Announced(String protocol, Coordinator coordinator, Decisions decisions) {}

  private final @Nullable Participation participation;
  private final List<Announced> announced;
  private final Timing timing;
  private final AtomicLong inDoubt = new AtomicLong();
  private final AtomicLong oldestMillis = new AtomicLong();
  private final Periodic rounds = new Periodic(this::round, this::failed);
  private final Independent work = new Independent();
  private volatile boolean isStopping;
  private Future<Duration> running = Future.succeededFuture();
  private long reportedAtNanos = System.nanoTime() - REPORT_EVERY.toNanos();
  private long comparedAtNanos = System.nanoTime() - COMPARE_EVERY.toNanos();
  private long prunedAtNanos = System.nanoTime() - PRUNE_EVERY.toNanos();

  /**
   * @param participation the branches of this service; null if it has none
   * @param announced the coordinators of this service, each with its register
   */
  public Recovery(
      @Nullable Participation participation,
      List<Announced> announced,
      Timing timing,
      Instruments instruments) {
    this.participation = participation;
    this.announced = List.copyOf(announced);
    this.timing = timing;
    instruments.meters().gauge("commitment.branches.in.doubt", inDoubt);
    instruments
        .meters()
        .gauge("commitment.oldest.in.doubt.age", oldestMillis, age -> age.get() / 1_000.0);
  }

  @Override
  public Future<?> start() {
    rounds.start(vertx, timing.every());
    return Future.succeededFuture();
  }

  /** Completes when the work in progress has ended; none begins afterwards. */
  @Override
  public Future<?> stop() {
    isStopping = true;
    rounds.stop();
    return running.transform(done -> work.ended());
  }

  private Duration failed(Throwable cause) {
    LOG.warn("recovery of transactions: {}", String.valueOf(cause));
    return timing.every();
  }

  private void start(String kind, Supplier<Future<Void>> some) {
    work.start(
        kind, () -> some.get().onFailure(cause -> LOG.warn("{}: {}", kind, String.valueOf(cause))));
  }

  private Future<Duration> round() {
    running = runRound();
    return running;
  }

  // A round reads the branches in doubt. What it starts may take longer than the round.
  private Future<Duration> runRound() {
    announced.forEach(own -> start("announcement by " + own.protocol(), () -> announce(own)));
    start("comparison of branches with their peers", this::compareLoneEnds);
    start("deletion of old records of transactions", this::prune);
    return askForDecisions()
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .map(done -> timing.every());
  }

  private Future<Void> askForDecisions() {
    Participation own = participation;
    if (own == null) {
      return Future.succeededFuture();
    }
    Set<Branches> branches = own.branches();
    return Future.all(branches.stream().map(each -> each.inDoubt(MAX_BRANCHES)).toList())
        .map(read -> oldestFirst(read.<List<InDoubt>>list()))
        .onSuccess(all -> ask(own, all))
        .mapEmpty();
  }

  private static List<InDoubt> oldestFirst(List<List<InDoubt>> read) {
    return read.stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparing(InDoubt::age).reversed())
        .toList();
  }

  private void ask(Participation own, List<InDoubt> all) {
    inDoubt.set(all.size());
    oldestMillis.set(all.isEmpty() ? 0 : all.get(0).age().toMillis());
    reportBlocked(all);
    Map<String, List<InDoubt>> overdue =
        all.stream()
            .filter(branch -> branch.age().compareTo(timing.inDoubt()) > 0)
            .collect(Collectors.groupingBy(branch -> branch.id().protocol()));
    overdue.forEach(
        (protocol, branches) ->
            start("recovery of branches by " + protocol, () -> askInTurn(own, branches)));
  }

  private Future<Void> askInTurn(Participation own, List<InDoubt> overdue) {
    Future<Void> asked = Future.succeededFuture();
    for (int from = 0; from < overdue.size(); from += MAX_CONCURRENT) {
      List<InDoubt> some = overdue.subList(from, Math.min(from + MAX_CONCURRENT, overdue.size()));
      asked =
          asked.compose(
              before -> isStopping ? Future.succeededFuture() : askConcurrently(own, some));
    }
    return asked;
  }

  private void reportBlocked(List<InDoubt> oldestFirst) {
    long now = System.nanoTime();
    if (!oldestFirst.isEmpty()
        && oldestFirst.get(0).age().compareTo(REPORT_AFTER) > 0
        && now - reportedAtNanos >= REPORT_EVERY.toNanos()) {
      reportedAtNanos = now;
      LOG.warn(
          "branches in doubt: {}, the oldest for {} s: {}",
          oldestFirst.size(),
          oldestFirst.get(0).age().toSeconds(),
          oldestFirst.get(0).id());
    }
  }

  private static Future<Void> askConcurrently(Participation own, List<InDoubt> branches) {
    List<Future<Void>> asked = new ArrayList<>(branches.size());
    for (InDoubt branch : branches) {
      asked.add(askForDecision(own, branch));
    }
    return Future.all(asked).mapEmpty();
  }

  // One branch that cannot be ended delays no other.
  private static Future<Void> askForDecision(Participation own, InDoubt branch) {
    return own.on(branch.id(), BranchEvent.IN_DOUBT)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(
            cause ->
                LOG.debug(
                    "{}: in doubt for {} ms: {}",
                    branch.id(),
                    branch.age().toMillis(),
                    String.valueOf(cause)))
        .transform(done -> Future.succeededFuture());
  }

  private Future<Void> announce(Announced own) {
    return own.decisions()
        .open(timing.inDoubt(), MAX_ANNOUNCED)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(
            open ->
                open.stream()
                    .filter(each -> each.id().protocol().equals(own.protocol()))
                    .forEach(each -> announce(own, each)))
        .mapEmpty();
  }

  private static void announce(Announced own, Decisions.Open open) {
    own.coordinator().announce(open.id(), own.decisions(), open.trace());
  }

  private Future<Void> compareLoneEnds() {
    Participation own = participation;
    long now = System.nanoTime();
    if (own == null || now - comparedAtNanos < COMPARE_EVERY.toNanos()) {
      return Future.succeededFuture();
    }
    comparedAtNanos = now;
    return own.compareLoneEnds().timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<Void> prune() {
    long now = System.nanoTime();
    if (now - prunedAtNanos < PRUNE_EVERY.toNanos()) {
      return Future.succeededFuture();
    }
    prunedAtNanos = now;
    List<Future<Integer>> pruned = new ArrayList<>();
    Participation own = participation;
    if (own != null) {
      own.branches().forEach(each -> pruned.add(each.prune(timing.retention(), MAX_PRUNED)));
    }
    announced.forEach(each -> pruned.add(each.decisions().prune(MAX_PRUNED)));
    return Future.join(pruned).<Void>mapEmpty().timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }
}
