package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.SourceDatabase.SlotTest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes repairs. A failed one is logged, and is due again at the next check. */
final class Repairs {
  private static final Logger LOG = LoggerFactory.getLogger(Repairs.class);

  // A failing reader holds the slot for a moment only, and reconnects after a second or more.
  private static final int ATTEMPTS = 15;
  private static final long BETWEEN_ATTEMPTS_MS = 200;

  // Confirmed by two checks.
  private static final int UNDECODABLE_UNTIL_REPLACED = 2;

  private final Vertx vertx;
  private final SourceDatabase source;
  private final ConnectApi connect;
  private final HeartbeatTopic heartbeats;
  private final ConnectorSpec spec;
  private final Consumer<String> done;
  private final Map<Repair, String> failures = new EnumMap<>(Repair.class);
  private int undecodable;

  /**
   * @param done receives a description of each repair
   */
  Repairs(
      Vertx vertx,
      SourceDatabase source,
      ConnectApi connect,
      HeartbeatTopic heartbeats,
      ConnectorSpec spec,
      Consumer<String> done) {
    this.vertx = vertx;
    this.source = source;
    this.connect = connect;
    this.heartbeats = heartbeats;
    this.spec = spec;
    this.done = done;
  }

  /**
   * Executes repairs, one after the other. Never fails.
   *
   * @param confirmed the position that the connector has confirmed
   */
  Future<Void> make(List<Repair> due, long confirmed) {
    if (!due.contains(Repair.TEST_SLOT)) {
      undecodable = 0;
    }
    Future<Void> made = Future.succeededFuture();
    for (Repair repair : due) {
      made = made.compose(before -> make(repair, confirmed));
    }
    return made;
  }

  private Future<Void> make(Repair repair, long confirmed) {
    Future<Void> made =
        switch (repair) {
          case RESTART_FAILED -> restart(true);
          case RESTART_CONNECTOR -> restart(false);
          case REGISTER -> register();
          case REPAIR_PUBLICATION -> repairPublication();
          case CREATE_HEARTBEAT_TOPIC -> createHeartbeatTopic();
          case TEST_SLOT -> testSlot(ATTEMPTS).compose(test -> tested(test, confirmed));
          case REPLACE_SLOT ->
              replaceSlot(confirmed, "the task failed repeatedly at its next record");
        };
    return made.onSuccess(repaired -> failures.remove(repair))
        .recover(
            cause -> {
              // It is due again at the next check; a repeated failure is logged once.
              String why = why(cause);
              if (!why.equals(failures.put(repair, why))) {
                LOG.warn("{}: {} failed: {}", spec.name(), repair, String.valueOf(cause));
              }
              return Future.succeededFuture();
            });
  }

  /** Why a repair failed the last time; null if it did not. */
  @Nullable String failure(Repair repair) {
    return failures.get(repair);
  }

  private static String why(Throwable cause) {
    String why =
        cause instanceof PgException refused ? refused.getErrorMessage() : cause.getMessage();
    return why == null ? "see the log" : why;
  }

  private Future<Void> restart(boolean onlyFailed) {
    LOG.warn(
        "connector {} {} and is restarted", spec.name(), onlyFailed ? "has failed" : "has no task");
    return connect.restart(onlyFailed);
  }

  private Future<Void> register() {
    JsonObject config = spec.config();
    if (config == null) {
      return Future.succeededFuture();
    }
    return connect
        .register(config)
        .onSuccess(made -> report(made, "connector " + spec.name() + " was registered"))
        .mapEmpty();
  }

  private Future<Void> repairPublication() {
    return source
        .repairPublication()
        .onSuccess(
            made -> report(made, "publication " + spec.names().publication() + " was repaired"))
        .mapEmpty();
  }

  private Future<Void> createHeartbeatTopic() {
    String topic = HeartbeatTopic.name(spec.config());
    if (topic == null) {
      return Future.succeededFuture();
    }
    return heartbeats
        .create(topic)
        .onSuccess(made -> report(made, "topic " + topic + " was created"))
        .mapEmpty();
  }

  private void report(boolean made, String what) {
    if (made) {
      done.accept(what);
    }
  }

  private Future<SlotTest> testSlot(int attempts) {
    return source
        .testSlot()
        .compose(
            test ->
                test == SlotTest.IN_USE && attempts > 1
                    ? vertx
                        .timer(BETWEEN_ATTEMPTS_MS, TimeUnit.MILLISECONDS)
                        .compose(waited -> testSlot(attempts - 1))
                    : Future.succeededFuture(test));
  }

  private Future<Void> tested(SlotTest test, long confirmed) {
    undecodable =
        switch (test) {
          case DECODABLE -> 0;
          case UNDECODABLE -> undecodable + 1;
          // While a reader holds the slot, it is unknown whether it can be decoded.
          case IN_USE, UNCERTAIN -> undecodable;
        };
    if (undecodable < UNDECODABLE_UNTIL_REPLACED) {
      return Future.succeededFuture();
    }
    undecodable = 0;
    return replaceSlot(confirmed, "it could no longer be decoded");
  }

  private Future<Void> replaceSlot(long confirmed, String why) {
    String what = "slot " + spec.names().slot() + " was replaced: " + why;
    return source.replaceSlot(confirmed).onSuccess(made -> report(made, what)).mapEmpty();
  }
}
