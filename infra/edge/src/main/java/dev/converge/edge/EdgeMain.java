package dev.converge.edge;

import dev.converge.service.runtime.ServiceRunner;
import java.util.List;

/** Runs the edge until SIGTERM. */
public final class EdgeMain {
  private EdgeMain() {}

  /** Takes its settings from the environment; see docs/reference/settings.md. */
  public static void main(String[] args) {
    ServiceRunner.run(
        "edge",
        EdgeConfig::from,
        (foundation, config) -> List.of(new EdgeServer(config, foundation.telemetry().meters())));
  }
}
