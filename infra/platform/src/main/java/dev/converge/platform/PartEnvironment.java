package dev.converge.platform;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * All variables of a part's process. It inherits only the variables listed here from the shell.
 * PostgreSQL, its clients, the JVM, Kafka and OpenTelemetry each read variables of their own, and a
 * variable that is set for another program must not reach a part.
 */
final class PartEnvironment {
  /** Variables that every program needs. */
  private static final Set<String> OF_THE_MACHINE =
      Set.of("PATH", "HOME", "USER", "LOGNAME", "TMPDIR");

  /** Settings of the services that the shell may provide; docs/reference/settings.md lists them. */
  static final Set<String> SERVICE_SETTINGS =
      Set.of(
          "HTTP_ALLOWED_HOSTS",
          "PG_POOL_SIZE",
          "PG_READ_POOL_SIZE",
          "PG_POOL_MAX_WAITING",
          "CONSUMER_MAX_BATCH",
          "CONNECTOR_CHECK_EVERY",
          "AUDIT_EVERY",
          "OPERATOR_LOG_DAYS",
          "OUTBOX_DAYS",
          "INBOX_DAYS",
          "LOG_LEVEL",
          "SAGA_STEP_DEADLINE",
          "SAGA_FIRST_RETRY",
          "SAGA_MAX_RETRY",
          "SAGA_MAX_ATTEMPTS",
          "SAGA_DEADLINES_EVERY",
          "PROTOCOL_VOTES_WITHIN",
          "PROTOCOL_IN_DOUBT_AFTER",
          "PROTOCOL_HTTP_WITHIN",
          "PROTOCOL_MAX_UNDECIDED",
          "PROTOCOL_3PC_MISSING_ACK");

  // File names are UTF-8 in every language of the shell; macOS has no C.UTF-8.
  private static final String LANGUAGE =
      System.getProperty("os.name", "").startsWith("Mac") ? "en_US.UTF-8" : "C.UTF-8";

  private PartEnvironment() {}

  /**
   * @param shell the variables of the command that starts the part
   * @param own the values that the platform sets for the part; they win
   */
  static Map<String, String> of(Part part, Map<String, String> shell, Map<String, String> own) {
    Map<String, String> environment = new TreeMap<>();
    for (Set<String> kept :
        // The console starts services, with the settings that the shell of up has given.
        part.isService() || part.isConsole()
            ? List.of(OF_THE_MACHINE, SERVICE_SETTINGS)
            : List.of(OF_THE_MACHINE)) {
      shell.forEach(
          (name, value) -> {
            if (kept.contains(name)) {
              environment.put(name, value);
            }
          });
    }
    environment.put("LC_ALL", LANGUAGE);
    environment.put("TZ", "UTC");
    environment.putAll(own);
    return environment;
  }
}
