package dev.converge.lab.transactionmanager;

/**
 * The result of a scenario.
 *
 * @param answer what the application got from {@code commit()}: {@code COMMITTED}, the name of an
 *     exception, or {@code NONE} where its process was killed
 * @param driver the driver's answer to the commit that failed: XA's error code and the SQL state
 * @param secondsInDoubt from the fault until no branch was prepared; negative if one is left
 * @param taken units of stock, and money in minor units
 * @param prepared branches that are left prepared
 */
public record Observation(
    String scenario,
    String answer,
    String driver,
    double secondsInDoubt,
    Both taken,
    Both prepared) {

  /** A number of each database. */
  public record Both(int stock, int wallet) {}

  /** Whether both effects are there, or none, and nothing waits. */
  public boolean isConsistent() {
    return prepared.stock() + prepared.wallet() == 0
        && taken.wallet() == taken.stock() * Checkout.PRICE;
  }
}
