package dev.converge.platform;

import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A terminal on which each picture replaces the last one. The only escape sequences of this command
 * line; in a pipe there are none, and pictures follow each other.
 */
final class Screen {
  private static final String OTHER_SCREEN = "\u001b[?1049h";
  private static final String FIRST_SCREEN = "\u001b[?1049l";
  private static final String CLEARED = "\u001b[H\u001b[J";

  private final @Nullable PrintStream terminal;

  /**
   * @param terminal the terminal, on which nothing is escaped; null where there is none
   */
  Screen(@Nullable PrintStream terminal) {
    this.terminal = terminal;
  }

  /** The screen of this process; the launcher's variable says whether it writes to a terminal. */
  static Screen of(Map<String, String> shell) {
    boolean isTerminal =
        "true".equals(shell.get("CONVERGE_TERMINAL")) && !"dumb".equals(shell.get("TERM"));
    return new Screen(isTerminal ? VisibleOutput.terminal() : null);
  }

  /** Leaves what is on the terminal as it is, until the end. */
  void begin() {
    print(OTHER_SCREEN);
  }

  /** Clears the place for the next picture. */
  void clear() {
    print(CLEARED);
  }

  void end() {
    print(FIRST_SCREEN);
  }

  private void print(String sequence) {
    if (terminal != null) {
      terminal.print(sequence);
      terminal.flush();
    }
  }
}
