package dev.converge.commitment.postgres;

/** The library's tables: the location of their migrations. */
public final class CommitmentTables {
  /** Class-path folder of plain SQL migrations, for Flyway or by hand in the order of names. */
  public static final String MIGRATIONS = "dev/converge/commitment/migration";

  private CommitmentTables() {}
}
