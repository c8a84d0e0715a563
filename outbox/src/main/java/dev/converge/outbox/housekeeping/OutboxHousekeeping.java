package dev.converge.outbox.housekeeping;

import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an outbox working. It creates and drops the daily partitions of outbox and inbox, and it
 * checks whether the outbox is drained. It reports a message that waits for more than 30 s, with
 * the cause, and repairs what it can: it restarts a failed connector, registers a missing one,
 * completes the publication and replaces a slot that cannot be decoded. A connector that an
 * operator has paused or stopped stays as it is.
 *
 * <p>Deploy one in each instance. Failures are logged and retried; it never stops by itself.
 */
public final class OutboxHousekeeping extends VerticleBase {
  /**
   * The outbox to keep.
   *
   * @param database the database's name in logs and findings
   * @param connect the addresses of Kafka Connect's workers; the next one is called if one does not
   *     answer
   * @param connector the connector's name
   * @param connectorConfig the configuration to register a missing connector with, see {@link
   *     ConnectorTemplate}; null to never register it. Names the slot, the publication and the role
   * @param kafkaBootstrapServers Kafka's addresses
   * @param checkEvery the time between two checks of the connector
   * @param retention how long rows are kept
   */
  public record Config(
      String database,
      List<URI> connect,
      String connector,
      @Nullable JsonObject connectorConfig,
      String kafkaBootstrapServers,
      Duration checkEvery,
      Retention retention) {
    public Config {
      connect = List.copyOf(connect);
    }

    /** Checks every five seconds; keeps published rows for 7 days and handled ids for 30. */
    public static Config of(
        URI connect, String connector, JsonObject connectorConfig, String kafkaBootstrapServers) {
      return new Config(
          connectorConfig.getString("database.dbname", connector),
          List.of(connect),
          connector,
          connectorConfig,
          kafkaBootstrapServers,
          Duration.ofSeconds(5),
          new Retention(7, 30));
    }
  }

  /**
   * How long rows are kept, by the day.
   *
   * @param outboxDays days to keep published rows, for people to read
   * @param inboxDays days to keep the ids of handled messages: longer than topics keep records
   */
  public record Retention(int outboxDays, int inboxDays) {}

  private final Config config;
  private final Pool pool;
  private final BooleanSupplier runsHere;
  private final DrainWatch watch;
  private final List<Periodic> started = new ArrayList<>();

  /** Housekeeping whose meters are in Micrometer's global registry. */
  public OutboxHousekeeping(Config config, Pool pool) {
    this(config, pool, Metrics.globalRegistry);
  }

  public OutboxHousekeeping(Config config, Pool pool, MeterRegistry meters) {
    this(config, pool, meters, () -> true);
  }

  /**
   * Housekeeping that only one of several instances does at a time.
   *
   * @param runsHere whether it is this instance. Two that believe so for a moment do no harm
   */
  public OutboxHousekeeping(
      Config config, Pool pool, MeterRegistry meters, BooleanSupplier runsHere) {
    this.config = config;
    this.pool = pool;
    this.runsHere = runsHere;
    this.watch = new DrainWatch(config, pool, meters, System::nanoTime, runsHere);
  }

  /**
   * The current findings. {@code outbox-not-drained}: the oldest message's age and why it waits.
   * {@code outbox-not-checked}: for how long the database could not be read, and why. {@code
   * outbox-repaired}: the repairs within the last minute. Empty if there are none.
   */
  public Map<String, List<String>> findings() {
    return watch.findings();
  }

  @Override
  public Future<?> start() {
    started.add(new PartitionMaintenance(vertx, pool, config.retention(), runsHere).start());
    started.add(watch.start(vertx));
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    started.forEach(Periodic::stop);
    return Future.succeededFuture();
  }
}
