package dev.converge.platform;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Starts, kills and pauses parts of a running platform for another process than the command line,
 * under the same lock. Every method may block.
 */
public final class PartControl {
  private final Platform platform;

  /**
   * @param root the checkout, built
   * @param state the state folder of the platform
   */
  public PartControl(Path root, Path state) {
    Layout layout = new Layout(root, state);
    this.platform = new Platform(layout, Ports.load(state, 0), Map.of());
  }

  /** The process of a part. */
  public record Observation(boolean runs, boolean isPaused, int port, long residentKib) {}

  /** The parts that run together, in the order in which they start. */
  public List<Part> parts() {
    return platform.parts();
  }

  /** Observes the process of a part. */
  public Observation observe(Part part) {
    return new Observation(
        platform.isRunning(part),
        platform.isPaused(part),
        platform.port(part),
        platform.residentKib(part));
  }

  /** Kills a part, as a crash would. */
  public void kill(Part part) {
    locked("kill", () -> killed(part));
  }

  private void killed(Part part) {
    if (!platform.isRunning(part)) {
      throw new PlatformException(part.id() + " does not run");
    }
    platform.kill(part);
  }

  /** Starts a part, and waits until it is ready. */
  public void start(Part part) {
    locked("start", () -> platform.startWithTables(part));
  }

  // Refused, not awaited, while another command has the lock, as on the command line.
  private void locked(String command, Runnable work) {
    StateLock.take(platform.layout(), command).during(work);
  }

  /** Pauses a part, as a pause of its machine would. */
  public void pause(Part part) {
    if (!platform.isRunning(part)) {
      throw new PlatformException(part.id() + " does not run");
    }
    platform.pause(part);
  }

  /** Continues a part that was paused. */
  public void resume(Part part) {
    platform.resume(part);
  }
}
