package dev.converge.service;

import dev.converge.service.http.HttpConfig;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Env;
import java.time.Duration;

/**
 * The configuration of every service.
 *
 * @param domain of the service, such as {@code order}
 * @param auditEvery interval of the checks of the audit, up to 15 s
 * @param operatorLogDays days to keep the operator log and replayed dead letters
 * @param transactions protocols other than the saga
 */
public record ServiceConfig(
    String domain,
    HttpConfig http,
    DatabaseConfig database,
    MessagingConfig messaging,
    Duration auditEvery,
    int operatorLogDays,
    TransactionConfig transactions) {

  /**
   * Reads the configuration of every service.
   *
   * @param domain of the service, such as {@code inventory}
   * @param httpPort the default port
   * @param database the default name of its database
   */
  public static ServiceConfig from(Env env, String domain, int httpPort, String database) {
    return new ServiceConfig(
        domain,
        HttpConfig.from(env, httpPort),
        DatabaseConfig.from(env, database, domain + "_service"),
        MessagingConfig.from(env, domain),
        // The drain watch gives the reconciler this time before it reports a message as lost.
        env.duration(
            "AUDIT_EVERY", Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofSeconds(15)),
        env.integer("OPERATOR_LOG_DAYS", 365, 30, 3_650),
        TransactionConfig.from(env));
  }

  /** The name of its consumer, of its messages' source, and of its OpenAPI document. */
  public String service() {
    return domain + "-service";
  }
}
