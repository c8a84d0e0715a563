package dev.converge.outbox.housekeeping;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.regex.Pattern;

/** The configuration of a Debezium connector for an outbox, from the template in this jar. */
public final class ConnectorTemplate {
  /** The template on the class path; its parameters are in double braces. */
  public static final String RESOURCE = "dev/converge/outbox/connector.template.json";

  // A publication, a slot and a topic prefix are named after it, and a regular expression has it.
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,40}");

  /**
   * How the connector connects to the database. The values may be references that Kafka Connect
   * resolves, such as {@code ${env:SHOP_PASSWORD}}.
   *
   * @param user a role that {@code setup.sql} has opened the outbox to
   */
  public record Database(String host, String port, String name, String user, String password) {}

  private ConnectorTemplate() {}

  /**
   * Fills in the template.
   *
   * @param name names the service: the slot and the publication are {@code <name>_outbox}, as
   *     {@code setup.sql} creates them, and the source of its messages is {@code /<name>}
   */
  public static JsonObject fill(String name, Database database) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name: " + name + " (expected: " + NAME + ")");
    }
    JsonObject config = new JsonObject();
    for (var setting : template()) {
      config.put(
          setting.getKey(),
          setting
              .getValue()
              .toString()
              .replace("{{name}}", name)
              .replace("{{database.hostname}}", database.host())
              .replace("{{database.port}}", database.port())
              .replace("{{database.dbname}}", database.name())
              .replace("{{database.user}}", database.user())
              .replace("{{database.password}}", database.password()));
    }
    return config;
  }

  static JsonObject template() {
    try (InputStream file =
        ConnectorTemplate.class.getClassLoader().getResourceAsStream(RESOURCE)) {
      return new JsonObject(Buffer.buffer(Objects.requireNonNull(file, RESOURCE).readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
