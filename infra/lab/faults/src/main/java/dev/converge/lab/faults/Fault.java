package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A fault that can be injected into the platform, and healed. */
interface Fault {
  FaultSpec spec();

  /** The part that must have a disk of its own for it; null if no part must. */
  default @Nullable Part disk() {
    return null;
  }

  /** The service that must get its time from the lab for it; null if no service must. */
  default @Nullable Part clockOf() {
    return null;
  }

  /**
   * The reason why it cannot be injected now; null if it can. May wait, with a timeout, until it
   * can.
   */
  default @Nullable String whyNot() {
    return null;
  }

  /** The reason why a fault that needs this part cannot be injected now; null if it can. */
  static @Nullable String unlessReady(Platform platform, Part part) {
    return platform.isReady(part) ? null : part.id() + " is not ready";
  }

  /** Injects it. */
  void inject() throws IOException, SQLException;

  /**
   * Heals it: takes it back, or waits until the platform has repaired the damage. Fails if that
   * takes too long. May be called again, also if it was never injected.
   */
  void heal() throws IOException, SQLException;
}
