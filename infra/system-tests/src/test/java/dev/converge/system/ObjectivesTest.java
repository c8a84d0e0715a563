package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the objectives are written once. Method: Prometheus' rules are compared with those made
 * from the file, or written with {@code -Dconverge.write=true}; promtool, where it is installed,
 * checks them and runs them on series of good and bad hours.
 */
class ObjectivesTest {
  private static final Path RULES = Objective.FOLDER.resolve("prometheus/rules.yml");

  @Test
  void everyObjectiveHasAnIdAPromiseAndABudget() {
    List<Objective> all = Objective.all();

    assertThat(all).hasSizeGreaterThan(3);
    assertThat(all).extracting(Objective::id).doesNotHaveDuplicates();
    assertThat(all)
        .allSatisfy(
            objective -> {
              assertThat(objective.id()).matches("[a-z-]+");
              assertThat(objective.promise()).endsWith(".").doesNotContain("'");
              assertThat(objective.budget()).isBetween(0.0001, 0.1);
              assertThat(objective.errors()).contains("[WINDOW").doesNotContain("'");
              assertThat(objective.selected()).isNotEmpty();
            });
  }

  @Test
  void expressionNamesTheMetricsAndLabelsThatItReads() {
    Objective objective =
        new Objective(
            "x", 0.9, "", "sum(rate(a_b{c=\"d\",e=~\"f\"}[WINDOW])) / max(g_h) + sum(i{j=\"k\"})");

    assertThat(objective.selected())
        .containsExactly(
            new Objective.Selected("a_b", Map.of("c", "d")),
            new Objective.Selected("g_h", Map.of()),
            new Objective.Selected("i", Map.of("j", "k")));
    assertThat(new Objective.Selected("a_b", Map.of("c", "d")).isIn("a_b{x=\"y\",c=\"d\"} 1"))
        .isTrue();
    assertThat(new Objective.Selected("a_b", Map.of("c", "d")).isIn("a_b_c{c=\"d\"} 1")).isFalse();
  }

  @Test
  void rulesAreThoseOfTheObjectives() throws IOException {
    String expected = PrometheusRules.of(Objective.all());
    if (Boolean.getBoolean("converge.write")) {
      Files.writeString(RULES, expected);
    }

    assertThat(Files.readString(RULES)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"check, rules.yml", "test, rules_test.yml"})
  void rulesAreValidAndAlertOnlyWhileTheBudgetBurns(String verb, String file) throws Exception {
    Path promtool = Path.of(System.getenv().getOrDefault("PROMTOOL", "/usr/bin/promtool"));
    assumeTrue(Files.isExecutable(promtool), "no promtool: apt-get install prometheus");
    Path said = Files.createTempFile("promtool", ".txt");

    Process ran =
        new ProcessBuilder(promtool.toString(), verb, "rules", file)
            .directory(RULES.toAbsolutePath().getParent().toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    assertThat(ran.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(ran.exitValue()).as(Files.readString(said)).isZero();
    Files.delete(said);
  }
}
