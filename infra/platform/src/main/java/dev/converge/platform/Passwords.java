package dev.converge.platform;

import java.util.Map;

/** Passwords of the databases' roles. The defaults are for one's own machine only. */
record Passwords(String superuser, String owner, String service, String debezium) {
  private static final String FOR_DEVELOPMENT = "converge-development";

  static Passwords from(Map<String, String> environment) {
    return new Passwords(
        environment.getOrDefault("POSTGRES_PASSWORD", FOR_DEVELOPMENT),
        environment.getOrDefault("OWNER_PASSWORD", FOR_DEVELOPMENT),
        environment.getOrDefault("SERVICE_PASSWORD", FOR_DEVELOPMENT),
        environment.getOrDefault("DEBEZIUM_PASSWORD", FOR_DEVELOPMENT));
  }
}
