package dev.converge.platform;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the commands that choose how many nodes a platform has. */
public final class ScaleOptions {
  @Option(
      names = "--scale",
      paramLabel = "SERVICE=N",
      description = "Runs N nodes of a service, 1 to 4, behind an edge; may be given again.")
  private Map<String, Integer> services = new LinkedHashMap<>();

  @Option(
      names = "--brokers",
      paramLabel = "N",
      description = "Runs 1 or 3 brokers; with 3, each has a copy of all records.")
  private @Nullable Integer brokers;

  @Option(
      names = "--connect",
      paramLabel = "N",
      description = "Runs N workers of Kafka Connect, 1 to 3.")
  private @Nullable Integer workers;

  @Option(
      names = "--standbys",
      paramLabel = "N",
      description =
          "Runs N standbys of each database, 0 to 2; with one, no order is lost with its disk.")
  private @Nullable Integer standbys;

  /** A scale with the numbers that were chosen; the others stay. */
  public Scale applyTo(Scale remembered) {
    Scale scale = remembered;
    for (Map.Entry<String, Integer> service : services.entrySet()) {
      scale = scale.with(Scale.service(service.getKey()), service.getValue());
    }
    scale = brokers == null ? scale : scale.with(Role.KAFKA, brokers);
    scale = workers == null ? scale : scale.with(Role.CONNECT, workers);
    return standbys == null ? scale : scale.withStandbys(standbys);
  }
}
