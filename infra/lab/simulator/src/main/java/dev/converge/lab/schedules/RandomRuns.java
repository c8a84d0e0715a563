package dev.converge.lab.schedules;

import java.util.Locale;
import java.util.Optional;

/**
 * Random schedules, seed after seed, until one violates atomicity.
 *
 * @param seeds how many were run
 * @param violating the run that violates atomicity
 */
record RandomRuns(
    int seeds, long steps, long committed, long aborted, Optional<RandomRun.Result> violating) {

  static RandomRuns of(Setting setting, long firstSeed, int seeds) {
    long steps = 0;
    long committed = 0;
    long aborted = 0;
    for (int run = 1; run <= seeds; run++) {
      RandomRun.Result result = RandomRun.run(firstSeed + run - 1, setting);
      steps += result.steps();
      committed += result.committed();
      aborted += result.aborted();
      if (result.violation().isPresent()) {
        return new RandomRuns(run, steps, committed, aborted, Optional.of(result));
      }
    }
    return new RandomRuns(seeds, steps, committed, aborted, Optional.empty());
  }

  String summary() {
    String counts =
        String.format(
            Locale.ROOT,
            "%,d seeds, %,d steps, %,d transactions committed, %,d aborted",
            seeds,
            steps,
            committed,
            aborted);
    return violating
        .map(
            result ->
                String.format(
                    Locale.ROOT,
                    "seed %d after %,d seeds: %s",
                    result.seed(),
                    seeds,
                    result.violation().map(Violation::words).orElse("")))
        .orElse(counts + ": no violation");
  }
}
