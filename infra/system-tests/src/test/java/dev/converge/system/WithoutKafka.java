package dev.converge.system;

import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The services with their databases, and neither Kafka nor Connect: orders are accepted, and stay
 * pending. The tests of a run share it, one class at a time; it ends with the run. A class must
 * expect rows of the others, and leave none that change by themselves.
 */
final class WithoutKafka {
  /** Longer than a run: only the tests change rows. */
  private static final Map<String, String> NO_RETRIES =
      Map.of("SAGA_FIRST_RETRY", "PT1H", "SAGA_MAX_RETRY", "PT1H", "SAGA_STEP_DEADLINE", "PT2H");

  private static @Nullable TestPlatform shared;

  private WithoutKafka() {}

  static synchronized TestPlatform shared() {
    TestPlatform known = shared == null ? TestPlatform.create(NO_RETRIES) : shared;
    if (shared == null) {
      // Kept even if its start fails: the remaining tests fail quickly.
      shared = known;
      known.upWithoutKafka(Topology.serviceParts());
    }
    return known;
  }
}
