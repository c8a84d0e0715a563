package dev.converge.platform;

import java.time.Duration;
import java.util.function.Predicate;

/** Whether a part is ready to do its work. */
final class Readiness {
  private static final Duration READY_WITHIN = Duration.ofMinutes(3);

  // All nodes start together, on the same processors.
  private static final Duration FOR_EACH_FURTHER_NODE = Duration.ofSeconds(15);

  private final Duration within;
  private final Layout layout;
  private final Ports ports;
  private final Databases databases;
  private final Http http;
  private final Predicate<Part> isRunning;

  Readiness(
      Scale scale,
      Layout layout,
      Ports ports,
      Databases databases,
      Http http,
      Predicate<Part> isRunning) {
    int further = scale.nodes().size() - Scale.SMALLEST.nodes().size();
    this.within = READY_WITHIN.plus(FOR_EACH_FURTHER_NODE.multipliedBy(further));
    this.layout = layout;
    this.ports = ports;
    this.databases = databases;
    this.http = http;
    this.isRunning = isRunning;
  }

  boolean isReady(Part part) {
    return isRunning.test(part)
        && answers(part)
        && (!part.isDatabase() || databases.server(part).isMade());
  }

  /** Waits until a part answers; fails if it ends, or does not answer in time. */
  void await(Part part) {
    if (!Waits.until(within, () -> answersOrFails(part))) {
      throw failed(part, "is not ready after " + within.toSeconds() + " s");
    }
  }

  private boolean answersOrFails(Part part) {
    if (!isRunning.test(part)) {
      layout.sharedClasses().discardAfterFailedStart(part);
      throw failed(part, "has ended");
    }
    return answers(part);
  }

  private PlatformException failed(Part part, String how) {
    return new PlatformException(
        part.id()
            + " "
            + how
            + "; its log: "
            + layout.log(part.id())
            + layout.lastLines(part.id()));
  }

  private boolean answers(Part part) {
    return switch (part.kind()) {
      case DATABASE -> databases.server(part).answersQueries();
      case KAFKA -> !PortOwners.isFree(ports.of(part));
      case CONNECT -> http.isUp(ports.url(part) + "/connectors");
      case ZOOKEEPER -> ZooKeeperNode.serves(ports.of(part));
      case ZIPKIN -> http.isUp(ports.url(part) + "/health");
      case EDGE -> http.isUp(ports.edgeManagementUrl() + "/readyz");
      case SUPERVISOR, CONSOLE -> http.isUp(ports.url(part) + "/readyz");
      case SERVICE -> http.isUp(ports.url(part) + "/readyz");
    };
  }
}
