package dev.converge.lab.bench;

import java.util.Locale;

/** Prints the progress of a run to stderr. */
final class Progress {
  private Progress() {}

  static void print(String format, Object... arguments) {
    System.err.println(String.format(Locale.ROOT, format, arguments));
  }
}
