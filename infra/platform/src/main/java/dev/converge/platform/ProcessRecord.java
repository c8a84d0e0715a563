package dev.converge.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The record of a process in the state folder: its id and its start time, so that another process
 * with the same id is not mistaken for it.
 */
record ProcessRecord(long pid, Instant started) {
  private static final Duration SAME_START = Duration.ofSeconds(2);

  static ProcessRecord of(long pid) {
    return new ProcessRecord(
        pid,
        ProcessHandle.of(pid)
            .flatMap(process -> process.info().startInstant())
            .orElse(Instant.now()));
  }

  /** Parses the output of {@link #text}; empty if it is malformed. */
  static Optional<ProcessRecord> parse(String text) {
    String[] fields = text.strip().split(" ", -1);
    if (fields.length != 2 || !isNumber(fields[0]) || !isNumber(fields[1])) {
      return Optional.empty();
    }
    return Optional.of(
        new ProcessRecord(
            Long.parseLong(fields[0]), Instant.ofEpochMilli(Long.parseLong(fields[1]))));
  }

  private static boolean isNumber(String text) {
    return text.matches("[1-9]\\d{0,17}");
  }

  String text() {
    return pid + " " + started.toEpochMilli();
  }

  /** The live process of that id; whether it is the same one is another question. */
  Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid).filter(Processes::isAlive);
  }

  boolean isStartOf(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .filter(start -> Duration.between(start, started).abs().compareTo(SAME_START) < 0)
        .isPresent();
  }
}
