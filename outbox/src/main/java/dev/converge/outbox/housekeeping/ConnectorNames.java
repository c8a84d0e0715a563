package dev.converge.outbox.housekeeping;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What a connector and the things it uses are called.
 *
 * @param slot its replication slot
 * @param role that it connects as
 */
record ConnectorNames(String connector, String slot, String publication, String role) {
  /**
   * The names in a connector's configuration.
   *
   * @param config null where it is not known: the names are those of this platform
   */
  static ConnectorNames of(String connector, @Nullable JsonObject config) {
    JsonObject known = config == null ? new JsonObject() : config;
    return new ConnectorNames(
        connector,
        known.getString("slot.name", "outbox"),
        known.getString("publication.name", "outbox"),
        known.getString("database.user", "debezium"));
  }
}
