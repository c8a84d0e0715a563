package dev.converge.lab.report;

import dev.converge.lab.report.Table.Cell;
import java.util.List;
import java.util.Locale;

/**
 * A statement of a report, checked against the figures of its own run.
 *
 * @param says what must hold
 * @param found what the run shows
 */
public record Claim(String says, String found, boolean met) {
  /** All claims in one sentence. */
  public static String verdict(List<Claim> claims) {
    long missed = claims.stream().filter(claim -> !claim.met()).count();
    return missed == 0
        ? "This run shows every claim of this page: " + claims.size() + " of " + claims.size() + "."
        : "This run misses " + missed + " of the " + claims.size() + " claims of this page.";
  }

  /** For a page. */
  public static Table table(List<Claim> claims) {
    Table table = new Table("", "Claim", "This run", "");
    for (Claim claim : claims) {
      table.row(
          Cell.head(claim.says()),
          Cell.of(claim.found()),
          Cell.styled(claim.met() ? "good" : "bad", claim.met() ? "met" : "missed"));
    }
    return table;
  }

  /** For a terminal: a line for each. */
  public static String text(List<Claim> claims) {
    StringBuilder text = new StringBuilder();
    for (Claim claim : claims) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-7s %s: %s%n",
              claim.met() ? "met" : "MISSED",
              claim.says(),
              claim.found()));
    }
    return text.toString();
  }

  /** Of a command: 1 if a claim is missed. */
  public static int exitCode(List<Claim> claims) {
    return claims.stream().allMatch(Claim::met) ? 0 : 1;
  }
}
