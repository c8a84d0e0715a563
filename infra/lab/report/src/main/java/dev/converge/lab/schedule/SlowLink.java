package dev.converge.lab.schedule;

import dev.converge.lab.links.LinkProxy;
import java.time.Duration;

/**
 * The slowness of {@link FaultKind#SLOW}. It also precedes faults that must hit work between vote
 * and decision: a vote that takes long is easily caught.
 */
public final class SlowLink {
  /** How long before a fault a link is slowed. */
  public static final Duration LEAD = Duration.ofMillis(700);

  /** Each way; together less than the timeout of a call, 500 ms. */
  private static final long OUTWARD_MILLIS = 150;

  private static final long INWARD_MILLIS = 250;

  private SlowLink() {}

  /** Slows a link until its state is set again. */
  public static void slow(LinkProxy link) {
    link.delay(OUTWARD_MILLIS, INWARD_MILLIS);
  }
}
