package dev.converge.platform;

/** The last act of a command whose process ends, such as by Ctrl-C, while it is in progress. */
final class LastAct {
  private final Thread hook;

  private LastAct(Thread hook) {
    this.hook = hook;
  }

  /** Registers an act, until {@link #cancel}. */
  static LastAct of(String name, Runnable act) {
    Thread hook = new Thread(act, name);
    Runtime.getRuntime().addShutdownHook(hook);
    return new LastAct(hook);
  }

  /** The command has ended by itself. */
  void cancel() {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException processEnds) {
      // It runs already.
    }
  }
}
