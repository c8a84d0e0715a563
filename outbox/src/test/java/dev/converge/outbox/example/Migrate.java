package dev.converge.outbox.example;

import dev.converge.outbox.OutboxTables;
import org.flywaydb.core.Flyway;

/** Creates the library's tables. The code of the library's README. */
public final class Migrate {
  public static void main(String[] args) {
    migrate("jdbc:postgresql://localhost/shop", "shop_owner", "change-me-1");
  }

  public static void migrate(String jdbcUrl, String owner, String password) {
    Flyway.configure()
        .dataSource(jdbcUrl, owner, password)
        .locations("classpath:" + OutboxTables.MIGRATIONS)
        .table("outbox_schema_history")
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }
}
