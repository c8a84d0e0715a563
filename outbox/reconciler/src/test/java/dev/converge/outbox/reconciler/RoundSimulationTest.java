package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.Round.Decision;
import dev.converge.outbox.reconciler.Round.RowsToRead;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.testkit.Seed;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: exactly the lost messages are published again. A message that is in its topic or that the
 * connector has not passed is not, and no row twice. Method: the pure rounds of two reconcilers
 * against a seeded model in which the slot, the publication, topics and records are lost, rounds
 * fail and reconcilers are restarted.
 */
class RoundSimulationTest {
  private static final OutboxReconciler.Config CONFIG =
      new OutboxReconciler.Config(
          "outbox",
          "/model",
          List.of(ModelPlatform.ORDERS, ModelPlatform.EVENTS),
          Duration.ofSeconds(15),
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          Map.of());

  @Test
  void exactlyTheLostMessagesAreRepublished() {
    Seed.forEach(150, seed -> new Simulation(new Random(seed)).run());
  }

  private static final class Unavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Simulation {
    private final Random random;
    private final ModelPlatform platform;
    private final List<Reconciler> reconcilers;
    private boolean faults;
    private boolean groupStopped;

    Simulation(Random random) {
      this.random = random;
      this.platform = new ModelPlatform(random);
      this.reconcilers = List.of(new Reconciler(this), new Reconciler(this));
    }

    void run() {
      for (int step = 0; step < 20; step++) {
        step();
      }
      faults = true;
      for (int step = 0; step < 300; step++) {
        step();
        fault();
      }
      faults = false;
      platform.publish(true);
      // A round compares ten minutes at most, and rows of five days may have to be compared again,
      // by either reconciler.
      for (int step = 0; step < 5_000 && !isConverged(); step++) {
        platform.pass(1 + random.nextInt(15));
        platform.recreateSlot();
        platform.connect(false, true);
        platform.handle(true);
        reconcilers.get(random.nextInt(2)).round();
      }
      assertThat(platform.lost()).isEmpty();
      assertThat(platform.isCompared()).as("compared to the end").isTrue();
    }

    private boolean isConverged() {
      return platform.isCompared() && platform.lost().isEmpty();
    }

    private void step() {
      platform.pass(random.nextInt(5));
      for (int rows = random.nextInt(4); rows > 0; rows--) {
        platform.write();
      }
      platform.connect(faults, false);
      if (!groupStopped) {
        platform.handle(false);
      }
      if (random.nextInt(3) == 0) {
        reconcilers.get(random.nextInt(2)).round();
      }
    }

    private void fault() {
      String topic = random.nextBoolean() ? ModelPlatform.ORDERS : ModelPlatform.EVENTS;
      switch (random.nextInt(120)) {
        case 0, 1 -> platform.dropSlot();
        case 2 -> {
          platform.dropSlot();
          platform.recreateSlot();
        }
        case 3, 4 -> platform.delete(topic);
        case 5, 6 -> {
          platform.delete(topic);
          platform.create(topic, platform.partitionsOf(topic));
        }
        case 7, 8, 9 -> platform.deleteRecords(topic);
        case 10 -> platform.publish(false);
        case 11, 12, 13 -> platform.publish(true);
        case 14, 15 -> reconcilers.get(random.nextInt(2)).restart();
        case 16 -> reconcilers.forEach(Reconciler::restart);
        case 17, 18 -> groupStopped = true;
        case 19, 20, 21, 22 -> groupStopped = false;
        default -> {
          // Most steps are without a fault.
        }
      }
    }
  }

  /** Runs rounds as {@link OutboxReconciler} does, against the model. */
  private static final class Reconciler implements Effect.Target {
    private final Simulation simulation;
    private final ModelPlatform platform;
    private ReconcilerState state = ReconcilerState.INITIAL;

    // The rows that it has published again since it last began or compared again.
    private final Set<Row> republished = new HashSet<>();
    private Round round;
    private DatabaseState db;

    Reconciler(Simulation simulation) {
      this.simulation = simulation;
      this.platform = simulation.platform;
      begin();
    }

    private void begin() {
      db = platform.database();
      round = new Round(CONFIG, db);
    }

    void restart() {
      state = ReconcilerState.INITIAL;
      republished.clear();
    }

    void round() {
      try {
        begin();
        Comparison before = state.comparison();
        apply(round.start(state));
        if (before == null || !Objects.equals(before.repeatTo(), state.started().repeatTo())) {
          republished.clear();
        }
        failByChance();
        Decision decision =
            round.topicsObserved(
                state,
                platform.observe(CONFIG.topics(), state.started().topics(), round.needed(state)));
        apply(decision);
        if (decision.pace() == null) {
          compare();
        }
      } catch (Unavailable failed) {
        state = state.failed();
      }
    }

    private void compare() {
      RowsToRead asked = round.nextRows(state);
      if (asked != null) {
        state = round.rowsRead(state, asked, platform.rows(asked));
      }
      failByChance();
      platform.connect(simulation.faults, false);
      Comparison comparison = state.started();
      apply(
          comparison.unseen().size() == 0
              ? round.nothingToSearch(state)
              : round.recordsRead(
                  state,
                  platform.read(
                      comparison.position(), comparison.unseen(), simulation.random.nextInt(200))));
    }

    private void failByChance() {
      if (simulation.faults && simulation.random.nextInt(30) == 0) {
        throw new Unavailable();
      }
    }

    private void apply(Decision decision) {
      state = decision.state();
      for (Effect effect : decision.effects()) {
        assertThat(effect.execute(this).succeeded()).isTrue();
      }
    }

    @Override
    public Future<Void> report(Effect.Report report) {
      assertThat(report.cases()).isNotEmpty();
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> log(Effect.Log log) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> recreateSlot() {
      assertThat(platform.slotExists()).as("existing slot is not recreated").isFalse();
      platform.recreateSlot();
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> recreateTopics(Effect.RecreateTopics recreate) {
      for (String topic : recreate.topics()) {
        int partitions = TopicShape.again(topic, recreate.known()).numPartitions();
        assertThat(partitions).isEqualTo(platform.partitionsOf(topic));
        assertThat(platform.create(topic, partitions)).as("only absent ones").isTrue();
      }
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> compareAgain(Effect.CompareAgain again) {
      failByChance();
      republished.clear();
      platform.compareAgain(again);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> checkPublishable(Effect.CheckPublishable check) {
      assertThat(check.missing())
          .as("rows that the connector has passed")
          .allMatch(row -> platform.position(row) <= db.slot().confirmed());
      Set<UUID> unpublishable =
          check.missing().stream()
              .map(Row::id)
              .filter(platform::isUnpublishable)
              .collect(Collectors.toSet());
      apply(round.checked(state, check.missing(), unpublishable, platform.copies()));
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> republish(Effect.Republish republish) {
      assertThat(republish.publishable()).noneMatch(row -> platform.isUnpublishable(row.id()));
      assertThat(republish.publishable()).as("not twice").allMatch(republished::add);
      Set<UUID> present = platform.presentOrPending();
      List<UUID> copied = platform.copy(republish.publishable());
      assertThat(copied).doesNotHaveDuplicates().noneMatch(present::contains);
      failByChance();
      apply(round.republished(state, republish.missing(), copied));
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> saveProgress(Effect.SaveProgress save) {
      failByChance();
      platform.saveProgress(save);
      return Future.succeededFuture();
    }
  }
}
