package dev.converge.platform;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of an action on many stuck sagas, at a rate. */
final class BulkOptions {
  @Option(
      names = "--awaits",
      paramLabel = "REPLY",
      description =
          "Instead of an id: all stuck sagas that await this reply, such as StockShipped.")
  private @Nullable String awaits;

  @Option(
      names = "--canary",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of many: how many are judged before the others follow (default: 1).")
  private int canary;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "5",
      description = "Of many: how many a second (default: 5).")
  private int rate;

  @Option(
      names = "--stop-after",
      paramLabel = "N",
      defaultValue = "3",
      description = "Of many: halt when this number has failed (default: 3).")
  private int stopAfter;

  @Option(
      names = "--judge-after",
      paramLabel = "SECONDS",
      defaultValue = "3",
      converter = Seconds.class,
      description = "Of many: a saga that is STUCK after this time has failed (default: 3).")
  private int judgeAfterSeconds;

  @Nullable String awaits() {
    return awaits;
  }

  int canary() {
    return canary;
  }

  int rate() {
    return rate;
  }

  int stopAfter() {
    return stopAfter;
  }

  int judgeAfterSeconds() {
    return judgeAfterSeconds;
  }
}
