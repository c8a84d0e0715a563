package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.bench.StepReport.BacklogPoint;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Goal: a platform that keeps up is distinguished from one that falls behind. Method: backlogs of
 * known shapes at 1,000 orders a second, a point every half second.
 */
class BacklogTest {
  private static final double RATE = 1_000;

  @Test
  void emptyBacklogIsSteady() {
    assertThat(Backlog.isSteady(over(20, second -> 0), RATE)).isTrue();
  }

  @Test
  void backlogThatGrowsInTheFirstFifthOnlyIsSteady() {
    Random random = new Random(7);

    assertThat(
            Backlog.isSteady(
                over(20, second -> Math.min(800, 400 * second) + random.nextInt(200)), RATE))
        .isTrue();
  }

  @Test
  void backlogThatShrinksIsSteady() {
    assertThat(Backlog.isSteady(over(20, second -> 1_500 - 60 * second), RATE)).isTrue();
  }

  @Test
  void backlogThatGrowsByATenthOfTheRateIsNotSteady() {
    assertThat(Backlog.isSteady(over(20, second -> 100 * second), RATE)).isFalse();
  }

  @Test
  void constantBacklogOfMoreThanTwoSecondsIsNotSteady() {
    assertThat(Backlog.isSteady(over(20, second -> 1_900), RATE)).isTrue();
    assertThat(Backlog.isSteady(over(20, second -> 2_100), RATE)).isFalse();
  }

  @Test
  void tooFewPointsAreNotSteady() {
    assertThat(Backlog.isSteady(List.of(), RATE)).isFalse();
    assertThat(Backlog.isSteady(over(0.5, second -> 0), RATE)).isFalse();
    assertThat(Backlog.isSteady(over(1.0, second -> 0), RATE)).isFalse();
    assertThat(Backlog.isSteady(over(1.5, second -> 0), RATE)).isTrue();
  }

  private static List<BacklogPoint> over(double seconds, DoubleUnaryOperator orders) {
    return IntStream.rangeClosed(1, (int) (2 * seconds))
        .mapToObj(at -> new BacklogPoint(at / 2.0, orders.applyAsDouble(at / 2.0)))
        .toList();
  }
}
