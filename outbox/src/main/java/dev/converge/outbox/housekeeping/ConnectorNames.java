package dev.converge.outbox.housekeeping;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The names of a connector and of its slot, publication and role.
 *
 * @param slot its replication slot
 * @param role the role that it connects as
 */
record ConnectorNames(String connector, String slot, String publication, String role) {
  /**
   * Reads the names from a connector's configuration.
   *
   * @param config null if it is unknown: the names are those of this platform
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
