package dev.converge.lab.schedule;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The times of the faults: the same for each protocol, and for a transaction manager. Pure: the
 * same seed, length and faults give the same plan.
 *
 * @param lengthMillis of the load
 */
public record FaultPlan(long seed, long lengthMillis, List<Planned> faults) {
  /** The usual length of the load. */
  public static final Duration USUAL = Duration.ofSeconds(132);

  /** The longest time that a killed service and its database need, for which plans are made. */
  public static final Duration USUAL_RESTART = Duration.ofSeconds(6);

  /**
   * A service that has just started is slow until its code is compiled. Where a killed service and
   * its database needed 10 s, the first order succeeded 30 s after their start.
   */
  private static final double REST_PER_RESTART = 6;

  private static final int BASELINE_SECONDS = 40;
  private static final int LAST_SECONDS = 25;

  /** The share of a rest by which its length may differ, in either direction. */
  private static final double JITTER = 0.2;

  /** Below this, the baseline and the end are too short to show anything. */
  private static final double LEAST_MILLIS_PER_PAUSE_SECOND = 50;

  public FaultPlan {
    faults = List.copyOf(faults);
  }

  /**
   * A fault.
   *
   * @param atMillis since the load began
   */
  public record Planned(FaultKind kind, long atMillis, long holdMillis) {
    public long endMillis() {
      return atMillis + holdMillis;
    }
  }

  /**
   * Spreads faults over a time, in the given order. The pauses between them are scaled and vary
   * with the seed. A fault is never shorter than it needs to show its effect, and a pause never
   * shorter than a killed part needs to start.
   *
   * @throws IllegalArgumentException if the time is too short
   */
  public static FaultPlan of(long seed, Duration length, List<FaultKind> kinds) {
    double scale = length.toMillis() / 1e3 / standardSeconds();
    long held = kinds.stream().mapToLong(kind -> holdMillis(kind, scale)).sum();
    double millisPerPauseSecond =
        (length.toMillis() - held - leastRestMillis(kinds)) / pauseSeconds(kinds);
    if (millisPerPauseSecond < LEAST_MILLIS_PER_PAUSE_SECOND) {
      throw new IllegalArgumentException(length + " is too short for " + kinds.size() + " faults");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double at = BASELINE_SECONDS * millisPerPauseSecond;
    List<Planned> planned = new ArrayList<>();
    for (FaultKind kind : kinds) {
      long hold = holdMillis(kind, scale);
      planned.add(new Planned(kind, Math.round(at), hold));
      double vary = 1 - JITTER + 2 * JITTER * random.nextDouble();
      at +=
          hold
              + kind.leastRestSeconds() * 1_000L
              + scaledRestSeconds(kind) * millisPerPauseSecond * vary;
    }
    return new FaultPlan(seed, length.toMillis(), planned);
  }

  /**
   * The same plan for a machine on which a killed service needs longer to start: the pause after
   * each kill is longer, and so is the load. The plan stays on a machine that needs no longer than
   * {@link #USUAL_RESTART}.
   *
   * @param restart the time that a killed service and its database need
   */
  public FaultPlan allowing(Duration restart) {
    long beyond = restart.minus(USUAL_RESTART).toMillis();
    long more = Math.round(Math.max(0, beyond) * REST_PER_RESTART);
    long shift = 0;
    List<Planned> shifted = new ArrayList<>();
    for (Planned fault : faults) {
      shifted.add(new Planned(fault.kind(), fault.atMillis() + shift, fault.holdMillis()));
      if (fault.kind().leastRestSeconds() > 0) {
        shift += more;
      }
    }
    return new FaultPlan(seed, lengthMillis + shift, shifted);
  }

  /** The shortest length in which faults fit. */
  public static Duration shortest(List<FaultKind> kinds) {
    int held = kinds.stream().mapToInt(FaultKind::leastHoldSeconds).sum();
    double pauses = Math.ceil(LEAST_MILLIS_PER_PAUSE_SECOND * pauseSeconds(kinds));
    return Duration.ofMillis(held * 1_000L + leastRestMillis(kinds) + (long) pauses);
  }

  private static long leastRestMillis(List<FaultKind> kinds) {
    return kinds.stream().mapToInt(FaultKind::leastRestSeconds).sum() * 1_000L;
  }

  private static int scaledRestSeconds(FaultKind kind) {
    return kind.restSeconds() - kind.leastRestSeconds();
  }

  /** The longest sum of the pauses, which are scaled. */
  private static double pauseSeconds(List<FaultKind> kinds) {
    return BASELINE_SECONDS
        + LAST_SECONDS
        + kinds.stream().mapToInt(FaultPlan::scaledRestSeconds).sum() * (1 + JITTER);
  }

  private static long holdMillis(FaultKind kind, double scale) {
    return Math.round(1_000 * Math.max(kind.leastHoldSeconds(), kind.holdSeconds() * scale));
  }

  /** The length of the standard schedule. */
  public static int standardSeconds() {
    int seconds = BASELINE_SECONDS + LAST_SECONDS;
    for (FaultKind kind : FaultKind.values()) {
      seconds += kind.holdSeconds() + kind.restSeconds();
    }
    return seconds;
  }

  /** The time before the first fault. */
  @JsonIgnore
  public long baselineMillis() {
    return faults.isEmpty() ? lengthMillis : faults.get(0).atMillis();
  }
}
