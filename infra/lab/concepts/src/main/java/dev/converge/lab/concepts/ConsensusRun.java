package dev.converge.lab.concepts;

import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.ConsensusFigures.Round;
import dev.converge.lab.concepts.ConsensusFigures.Settings;
import dev.converge.lab.concepts.ConsensusFigures.Victim;
import dev.converge.lab.concepts.LeaderQuestion.Partition;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Two producers write numbers through a fault of one broker, each into a topic of its own: one with
 * acks=all, one with acks=1. Afterwards their records of what was acknowledged are compared with
 * the logs.
 */
final class ConsensusRun {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final Duration BASELINE = Duration.ofSeconds(2);

  /** After the successor is elected and acks=all is acknowledged again. */
  private static final Duration AFTERWARDS = Duration.ofSeconds(3);

  private static final long POLL_MILLIS = 50;

  private final LinkedBrokers brokers;
  private final Settings settings;
  private final Consumer<String> progress;
  private final Random random;

  ConsensusRun(LinkedBrokers brokers, Settings settings, Consumer<String> progress) {
    this.brokers = brokers;
    this.settings = settings;
    this.progress = progress;
    this.random = new Random(settings.seed());
  }

  ConsensusFigures run() throws InterruptedException, TimeoutException {
    List<Round> rounds = new ArrayList<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrapServers()))) {
      for (int at = 1; at <= settings.rounds(); at++) {
        for (Victim victim : settings.victims()) {
          for (Fault fault : settings.faults()) {
            Round round = round(admin, victim, fault, at);
            progress.accept(says(round));
            rounds.add(round);
          }
        }
      }
    }
    return new ConsensusFigures(settings, Machine.here(), rounds);
  }

  private static String says(Round round) {
    return round.victim().says()
        + " "
        + round.fault().says()
        + ": successor after "
        + Figures.rounded(round.electedMillis())
        + " ms; acknowledged and lost: acks=all "
        + round.all().lost()
        + " of "
        + round.all().acknowledged()
        + ", acks=1 "
        + round.one().lost()
        + " of "
        + round.one().acknowledged();
  }

  /**
   * The parts of a round.
   *
   * @param broker that fails
   */
  private record Cast(int broker, Victim victim, String all, String one) {}

  private Round round(Admin admin, Victim victim, Fault fault, int at)
      throws InterruptedException, TimeoutException {
    Cast cast = cast(admin, victim, victim + "-" + fault + "-" + at);
    String servers = brokers.bootstrapServers();
    try (NumberProducer all = NumberProducer.all(servers, cast.all(), settings.recordsPerSecond());
        NumberProducer one = NumberProducer.one(servers, cast.one(), settings.recordsPerSecond())) {
      await("first records", () -> all.acknowledged() > 0 && one.acknowledged() > 0);
      Thread.sleep(BASELINE.toMillis());
      return fail(cast, fault, all, one);
    }
  }

  private Cast cast(Admin admin, Victim victim, String name)
      throws InterruptedException, TimeoutException {
    int controller = awaitController();
    List<Integer> others = new ArrayList<>(brokers.ids());
    others.remove(Integer.valueOf(controller));
    Collections.shuffle(others, random);
    // A victim is one or the other: the effects of the two elections would mix.
    List<Integer> replicas = List.of(others.get(0), others.get(1), controller);
    Cast cast =
        new Cast(
            victim == Victim.LEADER ? others.get(0) : controller,
            victim,
            "numbers-" + name + "-all",
            "numbers-" + name + "-one");
    for (String topic : List.of(cast.all(), cast.one())) {
      create(admin, topic, replicas);
    }
    await("copies on all brokers", () -> areInSync(cast));
    return cast;
  }

  private static void create(Admin admin, String topic, List<Integer> replicas)
      throws InterruptedException, TimeoutException {
    try {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topic, Map.of(0, replicas))
                      .configs(Map.of("min.insync.replicas", "2"))))
          .all()
          .get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("topic " + topic, failed);
    }
  }

  private int awaitController() throws InterruptedException, TimeoutException {
    await("active controller", () -> controller().isPresent());
    return controller().orElseThrow();
  }

  private Optional<Integer> controller() {
    return brokers.ids().stream()
        .filter(broker -> brokers.activeController(broker).equals(Optional.of(broker)))
        .findFirst();
  }

  private boolean areInSync(Cast cast) {
    return brokers.ids().stream()
        .allMatch(broker -> isInSync(broker, cast.all()) && isInSync(broker, cast.one()));
  }

  private boolean isInSync(int broker, String topic) {
    Optional<Partition> found = brokers.partition(broker, topic);
    return found.isPresent()
        && found.get().leader() >= 0
        && found.get().inSync().size() == brokers.ids().size();
  }

  private Round fail(Cast cast, Fault fault, NumberProducer all, NumberProducer one)
      throws InterruptedException, TimeoutException {
    if (cast.victim() == Victim.LEADER && fault != Fault.CUT) {
      brokers.lag(cast.broker(), settings.lagMillis());
    }
    // Long enough for a follower to be late, at a moment that no one chose.
    Thread.sleep(4 * settings.lagMillis() + random.nextInt(500));
    long since = System.nanoTime();
    brokers.begin(fault, cast.broker());
    LeaderViews views;
    double lasted;
    try (LeaderWatch watch =
        new LeaderWatch(
            brokers.ids(), cast.broker(), since, broker -> leaderAccordingTo(broker, cast))) {
      boolean unused =
          holdsWithin(
              WITHIN,
              () -> watch.views().electedMillis() != null && all.hasAcknowledgedSince(since));
      Thread.sleep(AFTERWARDS.toMillis());
      brokers.end(fault, cast.broker());
      lasted = millisSince(since);
      await("copies on all brokers", () -> areInSync(cast));
      views = watch.views();
    }
    double ended = millisSince(since);
    all.end();
    one.end();
    String servers = brokers.bootstrapServers();
    return new Round(
        cast.victim(),
        fault,
        lasted,
        views.electedMillis(),
        views.twoLeadersMillis(),
        all.numbers(servers, since).figures(ended),
        one.numbers(servers, since).figures(ended));
  }

  private Optional<Integer> leaderAccordingTo(int broker, Cast cast) {
    return cast.victim() == Victim.LEADER
        ? brokers.partition(broker, cast.one()).map(Partition::leader)
        : brokers.activeController(broker);
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  private static void await(String what, BooleanSupplier condition)
      throws InterruptedException, TimeoutException {
    if (!holdsWithin(WITHIN, condition)) {
      throw new TimeoutException("not within " + WITHIN.toSeconds() + " s: " + what);
    }
  }

  private static boolean holdsWithin(Duration within, BooleanSupplier condition)
      throws InterruptedException {
    long until = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        return false;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return true;
  }
}
