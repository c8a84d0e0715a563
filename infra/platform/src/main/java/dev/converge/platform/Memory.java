package dev.converge.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** How much memory processes take. */
final class Memory {
  private Memory() {}

  /**
   * Memory of a process and its children: the proportional share of each, if the kernel reports it,
   * so that PostgreSQL's shared buffers count once; otherwise the resident size.
   */
  static long residentKib(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToLong(p -> kib(p.pid()))
        .sum();
  }

  private static long kib(long pid) {
    return find(Path.of("/proc/" + pid + "/smaps_rollup"), "Pss:")
        .or(() -> find(Path.of("/proc/" + pid + "/status"), "VmRSS:"))
        .or(() -> Files.isDirectory(Path.of("/proc/self")) ? Optional.empty() : fromPs(pid))
        .orElse(0L);
  }

  /** The resident memory, as macOS reports it. */
  static Optional<Long> fromPs(long pid) {
    try {
      Process ps =
          new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid))
              .redirectErrorStream(true)
              .start();
      String output = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!ps.waitFor(5, TimeUnit.SECONDS)) {
        return Optional.empty();
      }
      return output
          .lines()
          .map(String::strip)
          .filter(line -> line.matches("\\d+"))
          .findFirst()
          .map(Long::valueOf);
    } catch (IOException notInstalled) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
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
