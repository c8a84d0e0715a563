package dev.converge.service;

import dev.converge.service.runtime.Env;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of protocols other than the saga.
 *
 * @param isOn whether they are offered
 * @param zookeeper the nodes of the quorum, such as {@code host:port,host:port,host:port}
 * @param services the addresses of the services by their names in transactions
 * @param undecided transactions that may be undecided at a time
 * @param abortsUnacknowledged whether a coordinator of three-phase commit aborts if an
 *     acknowledgement of its precommit is missing: for experiments
 */
public record TransactionConfig(
    boolean isOn,
    String zookeeper,
    Map<String, URI> services,
    Timeouts timeouts,
    int undecided,
    boolean abortsUnacknowledged) {

  /**
   * How long to wait.
   *
   * @param votes for all votes
   * @param inDoubt until a branch asks for its decision
   * @param http for an answer to any request but that for a vote
   */
  public record Timeouts(Duration votes, Duration inDoubt, Duration http) {}

  private static final Duration LEAST = Duration.ofMillis(50);
  private static final Duration MOST = Duration.ofMinutes(1);

  /** Reads the settings; without {@code PROTOCOLS=on} the others are not read. */
  public static TransactionConfig from(Env env) {
    boolean isOn = env.text("PROTOCOLS", "off").equals("on");
    Map<String, URI> services = new TreeMap<>();
    if (!isOn) {
      return new TransactionConfig(
          false,
          "",
          services,
          new Timeouts(Duration.ZERO, Duration.ZERO, Duration.ZERO),
          0,
          false);
    }
    services.put("order", env.uri("ORDER_SERVICE_URL", "http://127.0.0.1:8080"));
    services.put("inventory", env.uri("INVENTORY_SERVICE_URL", "http://127.0.0.1:8081"));
    services.put("payment", env.uri("PAYMENT_SERVICE_URL", "http://127.0.0.1:8082"));
    return new TransactionConfig(
        true,
        env.text("ZOOKEEPER", "127.0.0.1:12181,127.0.0.1:12182,127.0.0.1:12183"),
        services,
        new Timeouts(
            env.duration("PROTOCOL_VOTES_WITHIN", Duration.ofSeconds(1), LEAST, MOST),
            env.duration("PROTOCOL_IN_DOUBT_AFTER", Duration.ofSeconds(2), LEAST, MOST),
            env.duration("PROTOCOL_HTTP_WITHIN", Duration.ofMillis(500), LEAST, MOST)),
        env.integer("PROTOCOL_MAX_UNDECIDED", 8, 1, 100),
        env.oneOf("PROTOCOL_3PC_MISSING_ACK", "commit", "abort").equals("abort"));
  }
}
