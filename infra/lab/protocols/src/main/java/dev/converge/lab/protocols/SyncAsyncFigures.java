package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cost of waiting for others, and of not waiting. Pure. */
record SyncAsyncFigures(Settings settings, Machine machine, List<Measured> measured) {
  /**
   * The run.
   *
   * @param ordersPerSecond of each way
   * @param seconds with each state of payment
   * @param delayMillis each way, between payment and the others, while it is slow
   * @param waitSeconds how long a client waits for the end of its order
   */
  record Settings(
      long seed, double ordersPerSecond, double seconds, long delayMillis, int waitSeconds) {}

  /** How an order is placed. */
  enum Way {
    IMMEDIATE("messages, answered immediately", "immediate", "p-saga"),
    WAITING("messages, the client waits", "waits", "filled"),
    CHAIN("chain of calls", "chain", "end");

    private final String says;
    private final String label;
    private final String style;

    Way(String says, String label, String style) {
      this.says = says;
      this.label = label;
      this.style = style;
    }

    String says() {
      return says;
    }

    /** In a plot. */
    String label() {
      return label;
    }

    /** The CSS class of its marks. */
    String style() {
      return style;
    }

    /** Whether the services exchange messages. */
    boolean isAsynchronous() {
      return this != CHAIN;
    }
  }

  /** The state of payment-service. */
  enum State {
    HEALTHY("payment healthy"),
    SLOW("payment slow"),
    DOWN("payment down");

    private final String says;

    State(String says) {
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  /**
   * The orders of one way that were due in one state.
   *
   * @param ok answered 2xx
   * @param ended answered with the end of the order
   * @param answers the time of each answer, of refusals, too
   * @param kept answered 2xx, and whole
   * @param whole once quiescent, all of their effects are there
   * @param half once quiescent, some are there
   * @param effects of the whole ones: the time until the last effect
   */
  record Measured(
      Way way,
      State state,
      int offered,
      int ok,
      int ended,
      Quantiles answers,
      int kept,
      int whole,
      int half,
      Quantiles effects) {}

  Measured of(Way way, State state) {
    return measured.stream()
        .filter(one -> one.way() == way && one.state() == state)
        .findFirst()
        .orElseThrow();
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    accepted(claims);
    completed(claims);
    chain(claims);
    slow(claims);
    waiting(claims);
    return List.copyOf(claims);
  }

  private void accepted(List<Claim> claims) {
    Measured down = of(Way.IMMEDIATE, State.DOWN);
    claims.add(
        new Claim(
            "while payment is down, every order is accepted that is answered immediately",
            down.ok() + " of " + down.offered(),
            down.offered() > 0 && down.ok() == down.offered()));
  }

  private void completed(List<Claim> claims) {
    List<Measured> messages = measured.stream().filter(one -> one.way().isAsynchronous()).toList();
    int accepted = messages.stream().mapToInt(Measured::ok).sum();
    int kept = messages.stream().mapToInt(Measured::kept).sum();
    int half = messages.stream().mapToInt(Measured::half).sum();
    claims.add(
        new Claim(
            "with messages, every accepted order is complete once payment is back, and none is"
                + " half done",
            kept + " of " + accepted + " complete, " + half + " half done",
            accepted > 0 && kept == accepted && half == 0));
  }

  // The control: with it the same outage is visible to clients, and leaves traces.
  private void chain(List<Claim> claims) {
    Measured down = of(Way.CHAIN, State.DOWN);
    claims.add(
        new Claim(
            "while payment is down, the chain completes no order",
            down.ended()
                + " of "
                + down.offered()
                + " answered as complete, "
                + down.whole()
                + " complete",
            down.offered() > 0 && down.ended() == 0 && down.whole() == 0));
    claims.add(
        new Claim(
            "and what it has begun stays half done, because nothing continues it",
            down.half() + " half done",
            down.half() > 0));
  }

  private void slow(List<Claim> claims) {
    Double chain = of(Way.CHAIN, State.SLOW).answers().p50();
    Double immediate = of(Way.IMMEDIATE, State.SLOW).answers().p50();
    long least = 2 * settings.delayMillis();
    claims.add(
        new Claim(
            "while payment is slow, every caller of the chain waits for it; an immediate answer takes"
                + " less than half of that",
            "median "
                + millis(chain)
                + " against "
                + millis(immediate)
                + "; the way to payment and"
                + " back takes "
                + least
                + " ms",
            chain != null && immediate != null && chain >= least && immediate < chain / 2));
  }

  private void waiting(List<Claim> claims) {
    Double waits = of(Way.WAITING, State.HEALTHY).answers().p50();
    Double immediate = of(Way.IMMEDIATE, State.HEALTHY).answers().p50();
    claims.add(
        new Claim(
            "a client that waits for the end pays for it also while all is well",
            "median " + millis(waits) + " against " + millis(immediate),
            waits != null && immediate != null && waits > immediate));
    Measured down = of(Way.WAITING, State.DOWN);
    Double longest = down.answers().max();
    claims.add(
        new Claim(
            "a client that has waited too long loses nothing: it gets 202, and the order continues",
            down.ok()
                + " of "
                + down.offered()
                + " accepted, "
                + down.ended()
                + " with their end; the longest answer took "
                + millis(longest),
            down.offered() > 0 && down.ok() == down.offered()));
  }

  static String millis(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.rounded(millis) + " ms";
  }
}
