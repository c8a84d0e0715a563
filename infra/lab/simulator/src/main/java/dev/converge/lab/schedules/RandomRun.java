package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.BranchState;
import dev.converge.lab.schedules.Move.Kind;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One random schedule of several transactions with three participants: first with faults, then
 * without until nothing moves. A seed determines everything.
 */
final class RandomRun {
  private static final List<String> PARTICIPANTS = Topology.domains();
  private static final int MAX_TRANSACTIONS = 4;
  private static final int STEPS_EACH = 60;
  private static final int STEPS_UNTIL_QUIESCENT = 5_000;
  // Some seeds are calm: a mix of all faults would leave nothing to commit.
  private static final int[] RATES = {2, 20, 200};

  /**
   * The result of a seed.
   *
   * @param steps how many moves were made
   * @param story the transaction that violates atomicity
   */
  record Result(
      long seed,
      int committed,
      int aborted,
      int steps,
      Optional<Violation> violation,
      @Nullable Schedule story) {}

  private final SplittableRandom random;
  private final Setting setting;
  private final Outages outages;
  private final List<World> worlds = new ArrayList<>();
  private final List<Story> stories = new ArrayList<>();
  private final int timeoutsPerMille;
  private final int faultsPerMille;
  private int steps;

  private RandomRun(long seed, Setting setting, boolean recorded) {
    this.random = new SplittableRandom(seed);
    this.setting = setting.with(PARTICIPANTS);
    this.outages = new Outages(random, this.setting);
    this.timeoutsPerMille = RATES[random.nextInt(RATES.length)];
    this.faultsPerMille = RATES[random.nextInt(RATES.length)];
    Commitment model = new Commitment(this.setting);
    int transactions = 1 + random.nextInt(MAX_TRANSACTIONS);
    for (int i = 0; i < transactions; i++) {
      Story story = recorded ? new Story.Recorded() : Story.IGNORED;
      stories.add(story);
      worlds.add(model.begin(story));
    }
  }

  /** Runs a seed. */
  static Result run(long seed, Setting setting) {
    Result result = new RandomRun(seed, setting, false).result(seed);
    return result.violation().isEmpty() ? result : new RandomRun(seed, setting, true).result(seed);
  }

  private Result result(long seed) {
    int violating = untilViolation();
    Optional<Violation> violation =
        violating < 0 ? Optional.empty() : Optional.of(violation(violating));
    Schedule story =
        violating >= 0 && stories.get(violating) instanceof Story.Recorded recorded
            ? new Schedule(steps, recorded.events(), recorded.events().size(), "")
            : null;
    return new Result(
        seed, count(BranchState.COMMITTED), count(BranchState.ABORTED), steps, violation, story);
  }

  private int count(BranchState end) {
    return (int) worlds.stream().filter(world -> world.has(end)).count();
  }

  private Violation violation(int transaction) {
    return new Commitment(setting)
        .violation(worlds.get(transaction))
        .orElse(Violation.IN_DOUBT_WHEN_QUIESCENT);
  }

  /** Runs until a transaction violates atomicity, or to the end: -1. */
  private int untilViolation() {
    Commitment faulty = new Commitment(setting);
    for (int i = 0; i < STEPS_EACH * worlds.size(); i++) {
      outages.change(this::crash);
      int transaction = random.nextInt(worlds.size());
      if (step(faulty, transaction, this::isDrawn)
          && faulty.violation(worlds.get(transaction)).isPresent()) {
        return transaction;
      }
    }
    outages.end();
    return untilQuiescent(new Commitment(setting.with(Network.CRASHES)));
  }

  private boolean isDrawn(Move<World> move) {
    int perMille =
        switch (move.kind()) {
          case PROGRESS -> 1_000;
          case TIMEOUT -> timeoutsPerMille;
          case FAULT -> faultsPerMille;
        };
    return outages.permit(move.nodes()) && random.nextInt(1_000) < perMille;
  }

  private int untilQuiescent(Commitment healed) {
    for (int transaction = 0; transaction < worlds.size(); transaction++) {
      worlds.set(transaction, worlds.get(transaction).with(World.Cut.HEALED).started());
      int left = STEPS_UNTIL_QUIESCENT;
      while (left > 0 && step(healed, transaction, move -> move.kind() != Kind.FAULT)) {
        left--;
        if (healed.violation(worlds.get(transaction)).isPresent()) {
          return transaction;
        }
      }
      if (worlds.get(transaction).isInDoubt()) {
        return transaction;
      }
    }
    return -1;
  }

  private boolean step(Commitment model, int transaction, Predicate<Move<World>> permitted) {
    List<Move<World>> moves =
        model.moves(worlds.get(transaction)).stream().filter(permitted).toList();
    if (moves.isEmpty()) {
      return false;
    }
    Move<World> drawn = moves.get(random.nextInt(moves.size()));
    worlds.set(transaction, drawn.apply(stories.get(transaction)));
    steps++;
    return true;
  }

  /** A node crashes: with it, its part of every transaction. */
  private void crash(String node) {
    Commitment model = new Commitment(setting);
    for (int i = 0; i < worlds.size(); i++) {
      worlds.set(i, model.crashed(worlds.get(i), node, stories.get(i)));
    }
  }
}
