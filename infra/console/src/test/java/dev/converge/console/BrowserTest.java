package dev.converge.console;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test in a real browser. Skipped where none is installed; with {@code CI=true} it then fails,
 * because a skipped test would look like one that passed. With {@code CONVERGE_BROWSER=none}, CI
 * says that it could not install one.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BrowserTest.IfInstalled.class)
@interface BrowserTest {
  /** Asks whether the browser and its driver are installed. */
  final class IfInstalled implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String missing = Browser.missing();
      if (missing.isEmpty() || mustBeInstalled()) {
        return ConditionEvaluationResult.enabled("a browser is installed, or must be");
      }
      return ConditionEvaluationResult.disabled(
          "no " + missing + ": apt-get install chromium chromium-driver");
    }

    private static boolean mustBeInstalled() {
      return Boolean.parseBoolean(System.getenv("CI"))
          && !"none".equals(System.getenv("CONVERGE_BROWSER"));
    }
  }
}
