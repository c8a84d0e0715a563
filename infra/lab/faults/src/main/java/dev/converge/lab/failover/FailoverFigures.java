package dev.converge.lab.failover;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Losses of order-db with its disk, and what they cost. Pure. */
record FailoverFigures(
    Settings settings, Machine machine, List<Failover> failovers, List<Outcome> outcomes) {
  /**
   * The run.
   *
   * @param losses with a synchronous standby; the seed of each is one greater than that before
   * @param asynchronousLosses with an asynchronous one
   * @param lagMillis how late the log reaches the standby, and its answers the primary
   */
  record Settings(long seed, int planned, int losses, int asynchronousLosses, long lagMillis) {}

  /** How the primary leaves, and what its commits have waited for. */
  enum Mode {
    PLANNED("planned failover", "planned"),
    SYNCHRONOUS("loss, synchronous standby", "sync"),
    ASYNCHRONOUS("loss, asynchronous standby", "async");

    private final String says;
    private final String label;

    Mode(String says, String label) {
      this.says = says;
      this.label = label;
    }

    String says() {
      return says;
    }

    /** In a plot. */
    String label() {
      return label;
    }
  }

  /**
   * A change of the primary.
   *
   * @param outageMillis how long no order was accepted: of a loss, from its begin until an order
   *     was accepted that was sent after it
   * @param latencyMillis the median of the orders accepted before it; null for none
   * @param promoted the new primary
   */
  record Failover(
      Mode mode, long seed, double outageMillis, @Nullable Double latencyMillis, String promoted) {}

  /**
   * The state after all changes of some modes.
   *
   * @param accepted orders answered with 202 until then
   * @param repeated requests sent again until then
   * @param lost accepted orders that the database does not have
   * @param doubled orders in the database that no client got an answer for
   * @param unknown messages in Kafka that the database of their sender does not know
   * @param paidWithoutOrder payments for orders that the database does not have
   * @param quiescent whether all work ended in time
   * @param violations of the invariants of the databases
   */
  record Outcome(
      List<Mode> modes,
      long accepted,
      long repeated,
      long lost,
      long doubled,
      long unknown,
      long paidWithoutOrder,
      boolean quiescent,
      long violations) {}

  List<Failover> failovers(Mode mode) {
    return failovers.stream().filter(one -> one.mode() == mode).toList();
  }

  /** The state after those of a mode. */
  Optional<Outcome> outcome(Mode mode) {
    return outcomes.stream().filter(one -> one.modes().contains(mode)).findFirst();
  }

  /** A quantile over the changes of a mode; null if there is none. */
  @Nullable Double outageMillis(Mode mode, double share) {
    return Figures.quantile(
        failovers(mode).stream().map(Failover::outageMillis).sorted().toList(), share);
  }

  /** The median of the orders before the changes of a mode; null if there is none. */
  @Nullable Double latencyMillis(Mode mode) {
    return Figures.quantile(
        failovers(mode).stream()
            .flatMap(one -> Optional.ofNullable(one.latencyMillis()).stream())
            .sorted()
            .toList(),
        0.5);
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    outcome(Mode.SYNCHRONOUS).ifPresent(found -> synchronous(claims, found));
    bounded(claims);
    outcome(Mode.ASYNCHRONOUS).ifPresent(found -> control(claims, found));
    price(claims);
    return List.copyOf(claims);
  }

  private void synchronous(List<Claim> claims, Outcome found) {
    String losses =
        " in "
            + failovers(Mode.SYNCHRONOUS).size()
            + " losses and "
            + failovers(Mode.PLANNED).size()
            + " planned failovers";
    boolean measured = found.accepted() > 0 && !failovers(Mode.SYNCHRONOUS).isEmpty();
    claims.add(
        new Claim(
            "with a synchronous standby no acknowledged order is lost",
            Figures.count(found.lost()) + " lost of " + Figures.count(found.accepted()) + losses,
            measured && found.lost() == 0));
    claims.add(
        new Claim(
            "no order is doubled, though clients repeat their requests",
            Figures.count(found.doubled())
                + " doubled, "
                + Figures.count(found.repeated())
                + " requests repeated",
            measured && found.doubled() == 0));
    claims.add(
        new Claim(
            "nothing is in Kafka that the promoted database does not know",
            Figures.count(found.unknown()) + " messages unknown",
            measured && found.unknown() == 0));
    claims.add(
        new Claim(
            "afterwards all work ends, and orders, stock and money agree",
            (found.quiescent() ? "all ended" : "some did not end")
                + ", "
                + Figures.count(found.violations())
                + " violations",
            measured && found.quiescent() && found.violations() == 0));
  }

  private void bounded(List<Claim> claims) {
    List<Double> all = failovers.stream().map(Failover::outageMillis).sorted().toList();
    if (!all.isEmpty()) {
      double longest = all.get(all.size() - 1);
      claims.add(
          new Claim(
              "orders are accepted again within half a minute, without an operator",
              says(all.get(0)) + " to " + says(longest),
              longest <= 30_000));
    }
  }

  // The control: unless it loses, the figures of the synchronous standby prove nothing.
  private void control(List<Claim> claims, Outcome found) {
    claims.add(
        new Claim(
            "with an asynchronous standby, the control, acknowledged orders are lost",
            String.format(
                Locale.ROOT,
                "%s lost in %d losses; %s messages in Kafka unknown, %s payments without an order",
                Figures.count(found.lost()),
                failovers(Mode.ASYNCHRONOUS).size(),
                Figures.count(found.unknown()),
                Figures.count(found.paidWithoutOrder())),
            found.lost() > 0));
  }

  private void price(List<Claim> claims) {
    Double waiting = latencyMillis(Mode.SYNCHRONOUS);
    Double alone = latencyMillis(Mode.ASYNCHRONOUS);
    if (waiting != null && alone != null) {
      claims.add(
          new Claim(
              "the price is the way to the standby and back, before each answer",
              String.format(
                  Locale.ROOT,
                  "median %s ms against %s ms; the way and back takes %d ms",
                  Figures.rounded(waiting),
                  Figures.rounded(alone),
                  2 * settings.lagMillis()),
              waiting >= 2 * settings.lagMillis() && alone < waiting));
    }
  }

  /** A time in seconds. */
  static String says(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.of(millis / 1_000, 1) + " s";
  }
}
