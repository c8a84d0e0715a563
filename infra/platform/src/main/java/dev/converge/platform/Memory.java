package dev.converge.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How much memory processes take. */
final class Memory {
  private Memory() {}

  /**
   * Memory of a process and its children: the proportional share of each, where the kernel tells
   * it, so that PostgreSQL's shared buffers count once.
   */
  static long residentKib(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToLong(p -> kib(p.pid()))
        .sum();
  }

  private static long kib(long pid) {
    return find(Path.of("/proc/" + pid + "/smaps_rollup"), "Pss:")
        .or(() -> find(Path.of("/proc/" + pid + "/status"), "VmRSS:"))
        .orElse(0L);
  }

  private static Optional<Long> find(Path file, String field) {
    try {
      List<String> lines = Files.readAllLines(file);
      return lines.stream()
          .filter(line -> line.startsWith(field))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException absent) {
      return Optional.empty();
    }
  }
}
