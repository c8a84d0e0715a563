package dev.converge.system;

import dev.converge.lab.failover.OrderDatabase;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;

/** The supervisor's report on the databases. */
final class Protection {
  private Protection() {}

  /** Waits until a loss of any primary would lose nothing. */
  static void await(Platform platform, Duration within) {
    await(platform, within, true);
  }

  /** Waits until a loss of some primary would lose something. */
  static void awaitNone(Platform platform, Duration within) {
    await(platform, within, false);
  }

  private static void await(Platform platform, Duration within, boolean expected) {
    OrderDatabase database = new OrderDatabase(platform);
    Awaitility.await("protected: " + expected)
        .atMost(within)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> database.isProtected() == expected);
  }
}
