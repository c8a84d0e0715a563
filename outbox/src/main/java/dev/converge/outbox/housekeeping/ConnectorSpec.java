package dev.converge.outbox.housekeeping;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The connector of an outbox.
 *
 * @param config for its registration if it does not exist; null if it is not to be registered
 */
record ConnectorSpec(String name, @Nullable JsonObject config) {
  ConnectorNames names() {
    return ConnectorNames.of(name, config);
  }
}
