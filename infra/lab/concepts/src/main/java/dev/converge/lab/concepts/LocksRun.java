package dev.converge.lab.concepts;

import dev.converge.lab.ChildProcess;
import dev.converge.lab.concepts.LockServers.Prices;
import dev.converge.lab.concepts.LocksFigures.Acquired;
import dev.converge.lab.concepts.LocksFigures.Fault;
import dev.converge.lab.concepts.LocksFigures.Round;
import dev.converge.lab.concepts.LocksFigures.Settings;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Two processes and one lock. The first has the lock and has checked that, when it is killed,
 * paused or cut off; the second waits for the lock. The first one's write is under way by then.
 */
final class LocksRun {
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);
  private static final int ACQUISITIONS = 200;
  private static final int ATTEMPTS = 5;
  private static final int LATE_PRICE = 100;
  private static final int NEWER_PRICE = 200;

  private final LockServers servers;
  private final Settings settings;
  private final Consumer<String> progress;
  private final Random random;

  LocksRun(LockServers servers, Settings settings, Consumer<String> progress) {
    this.servers = servers;
    this.settings = settings;
    this.progress = progress;
    this.random = new Random(settings.seed());
  }

  LocksFigures run() throws IOException, SQLException, InterruptedException, TimeoutException {
    List<Acquired> acquired = new ArrayList<>();
    List<Round> rounds = new ArrayList<>();
    for (LockKind kind : settings.kinds()) {
      try (Pair pair = new Pair(kind)) {
        acquired.add(pair.measure());
        for (int at = 0; at < settings.rounds(); at++) {
          for (Fault fault : Fault.values()) {
            if (fault != Fault.CUT || kind.hasServer()) {
              Round round = pair.round(fault);
              progress.accept(says(round));
              rounds.add(round);
            }
          }
        }
      }
    }
    return new LocksFigures(settings, Machine.here(), acquired, rounds);
  }

  private static String says(Round round) {
    return round.kind().says()
        + ", holder "
        + round.fault().says()
        + ": passed on after "
        + Figures.rounded(round.passedOnMillis())
        + " ms"
        + (round.lateWrite().isEmpty() ? "" : "; late write: " + round.lateWrite());
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  private static String await(ChildProcess process, String beginning) throws InterruptedException {
    String report = process.report(ANSWERS_WITHIN);
    if (report == null || !report.startsWith(beginning)) {
      throw new IllegalStateException("expected: " + beginning + ", reported: " + report);
    }
    return report.substring(beginning.length()).strip();
  }

  private static String ask(ChildProcess process, String command, String beginning)
      throws IOException, InterruptedException {
    process.send(command);
    return await(process, beginning);
  }

  /** The two processes. */
  private final class Pair implements AutoCloseable {
    private final LockKind kind;
    private final ChildProcess second;
    private ChildProcess first;

    Pair(LockKind kind) throws IOException, InterruptedException {
      this.kind = kind;
      this.first = start("first", true);
      this.second = start("second", false);
    }

    private ChildProcess start(String name, boolean behindLinks)
        throws IOException, InterruptedException {
      ChildProcess process = servers.holder(kind, name, settings.leaseMillis(), behindLinks);
      try {
        String unused = await(process, "ready");
        return process;
      } catch (IllegalStateException failed) {
        process.close();
        throw failed;
      }
    }

    Acquired measure() throws IOException, InterruptedException {
      List<Double> sorted =
          Arrays.stream(ask(second, "measure " + ACQUISITIONS, "measured ").split(",", -1))
              .map(micros -> Double.parseDouble(micros) / 1_000)
              .sorted()
              .toList();
      return new Acquired(
          kind,
          Objects.requireNonNull(Figures.quantile(sorted, 0.5)),
          Objects.requireNonNull(Figures.quantile(sorted, 0.99)));
    }

    Round round(Fault fault)
        throws IOException, SQLException, InterruptedException, TimeoutException {
      servers.resetPrices();
      acquireAndCheck();
      second.send("acquire");
      return fault == Fault.KILL ? kill() : delay(fault);
    }

    // On a busy machine the lease may expire before the check.
    private void acquireAndCheck() throws IOException, InterruptedException {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        String unused = ask(first, "acquire", "acquired");
        if (ask(first, "check", "check ").equals("true")) {
          return;
        }
        unused = ask(first, "reset", "ready");
      }
      throw new IllegalStateException("the machine is too slow for a lease this short");
    }

    private Round kill() throws IOException, InterruptedException {
      long since = System.nanoTime();
      first.kill();
      String unused = await(second, "acquired");
      double passedOn = millisSince(since);
      unused = ask(second, "release", "released");
      first = start("first", true);
      return new Round(kind, Fault.KILL, 0, passedOn, 0, "", false, false);
    }

    private Round delay(Fault fault)
        throws IOException, SQLException, InterruptedException, TimeoutException {
      long millis = (long) (settings.leaseMillis() * (2.25 + random.nextDouble() / 2));
      long since = System.nanoTime();
      if (fault == Fault.PAUSE) {
        first.pause();
      } else {
        servers.cut(millis);
      }
      first.send("write " + LATE_PRICE);
      String acquired = second.report(Duration.ofMillis(millis));
      Double passedOn = acquired == null ? null : (Double) millisSince(since);
      long both = System.nanoTime();
      if (acquired != null) {
        changePrices();
      }
      Thread.sleep(Math.max(0, (long) (millis - millisSince(since))));
      double held = millisSince(since);
      if (fault == Fault.PAUSE) {
        first.resume();
      } else {
        servers.heal();
      }
      String answer = Objects.requireNonNull(first.report(ANSWERS_WITHIN), "no answer to a write");
      double overlap = acquired == null ? 0 : millisSince(both);
      Prices prices = servers.prices();
      if (passedOn == null) {
        passedOn = passOn(since);
      }
      String unused = ask(first, "reset", "ready");
      return new Round(
          kind,
          fault,
          held,
          passedOn,
          overlap,
          acquired == null ? "" : answer,
          acquired != null && prices.plain() == LATE_PRICE,
          acquired != null && prices.fenced() == LATE_PRICE);
    }

    private void changePrices() throws IOException, InterruptedException {
      String unused = ask(second, "write " + NEWER_PRICE, LockHolder.WRITTEN);
      unused = ask(second, "release", "released");
    }

    /** The first process is no longer late and gives the lock up. */
    private @Nullable Double passOn(long since) throws IOException, InterruptedException {
      if (kind.expires()) {
        first.kill();
        first = start("first", true);
      } else {
        String unused = ask(first, "release", "released");
      }
      String unused = await(second, "acquired");
      double passedOn = millisSince(since);
      changePrices();
      return passedOn;
    }

    @Override
    public void close() {
      first.close();
      second.close();
    }
  }
}
