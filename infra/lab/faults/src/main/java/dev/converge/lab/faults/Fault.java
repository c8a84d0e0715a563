package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Something that can be put into the platform, and taken away again. */
interface Fault {
  FaultSpec spec();

  /** The part that must have a disk of its own for it; null for none. */
  default @Nullable Part disk() {
    return null;
  }

  /** The service that must have its time from the lab for it; null for none. */
  default @Nullable Part clockOf() {
    return null;
  }

  /** Why it cannot be put in now; null where it can. May wait, with an end, until it can be. */
  default @Nullable String whyNot() {
    return null;
  }

  /** Why a fault that needs this part cannot be put in now; null if it can. */
  static @Nullable String unlessReady(Platform platform, Part part) {
    return platform.isReady(part) ? null : part.id() + " is not ready";
  }

  /** Puts it in. */
  void inject() throws IOException, SQLException;

  /**
   * Takes it away, or waits until the platform has repaired it where that is its own task; fails
   * where it does not in time. May be called again, and where it was never put in.
   */
  void heal() throws IOException, SQLException;
}
