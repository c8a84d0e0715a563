package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.view.Objective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the objectives are written once. Method: Prometheus' rules are compared with those made
 * from the file, or written with {@code -Dconverge.write=true}; promtool, where it is installed,
 * checks them and runs them on series of good and bad hours.
 */
class ObjectivesTest {
  private static final Path RULES = Observability.FOLDER.resolve("prometheus/rules.yml");

  @Test
  void everyObjectiveHasAnIdAPromiseAndABudget() {
    List<Objective> all = Observability.objectives();

    assertThat(all).hasSizeGreaterThan(3);
    assertThat(all).extracting(Objective::id).doesNotHaveDuplicates();
    assertThat(all)
        .allSatisfy(
            objective -> {
              assertThat(objective.id()).matches("[a-z-]+");
              assertThat(objective.promise()).endsWith(".").doesNotContain("'");
              assertThat(objective.budget()).isBetween(0.0001, 0.1);
              assertThat(objective.unit()).matches("[a-z]+");
              assertThat(objective.errorsIn("5m")).contains("[5m").doesNotContain("'");
              assertThat(objective.indicator().selectors()).isNotEmpty();
            });
  }

  @Test
  void rulesAreThoseOfTheObjectives() throws IOException {
    String expected = PrometheusRules.of(Observability.objectives());
    if (Boolean.getBoolean("converge.write")) {
      Files.writeString(RULES, expected);
    }

    assertThat(Files.readString(RULES)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"check, rules.yml", "test, rules_test.yml"})
  void rulesAreValidAndAlertOnlyWhileTheBudgetBurns(String verb, String file) throws Exception {
    Promtool.succeeds(verb, RULES.resolveSibling(file));
  }
}
