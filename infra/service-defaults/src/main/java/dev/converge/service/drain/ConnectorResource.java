package dev.converge.service.drain;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a connector is registered with where it is gone: the build has put the
 * platform's own into the service's jar.
 *
 * @param config null where there is none for that name
 */
record ConnectorResource(String name, @Nullable JsonObject config) {
  /** Reads {@code debezium/NAME.json} from the class path. */
  static ConnectorResource find(String name) {
    try (InputStream file =
        ConnectorResource.class
            .getClassLoader()
            .getResourceAsStream("debezium/" + name + ".json")) {
      return new ConnectorResource(
          name, file == null ? null : new JsonObject(Buffer.buffer(file.readAllBytes())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ConnectorNames names() {
    return ConnectorNames.of(name, config);
  }
}
