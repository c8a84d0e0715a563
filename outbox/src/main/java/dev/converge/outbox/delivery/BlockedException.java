package dev.converge.outbox.delivery;

import dev.converge.outbox.delivery.Suspects.Summary;
import org.jspecify.annotations.Nullable;

/** Messages fail, and it is not known yet whether they are at fault. */
public final class BlockedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String shown;
  private final boolean progressed;

  BlockedException(@Nullable Summary summary, boolean progressed, @Nullable Throwable cause) {
    super(summary == null ? "" : summary.named(), cause, false, false);
    this.shown = summary == null ? "" : summary.shown();
    this.progressed = progressed;
  }

  /** How most of them fail, for operators. */
  public String shown() {
    return shown;
  }

  /** Whether others of the batch were handled or parked. */
  boolean hasProgressed() {
    return progressed;
  }
}
