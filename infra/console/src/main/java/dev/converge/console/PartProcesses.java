package dev.converge.console;

import java.util.List;

/** The processes of the parts, where the console can reach them. Every method may block. */
interface PartProcesses {
  /** A process of a part. */
  record Seen(boolean runs, boolean isPaused, int port, long memoryMiB) {}

  /** The parts, in the order in which they start. */
  List<String> parts();

  Seen see(String part);

  /** Kills a part, as a crash would. */
  void kill(String part);

  /** Starts a part, and waits until it is ready. */
  void start(String part);

  /** Stops a part by a signal, as a pause of its machine would. */
  void pause(String part);

  /** Continues a part that was paused. */
  void resume(String part);
}
