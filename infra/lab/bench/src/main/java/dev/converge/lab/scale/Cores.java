package dev.converge.lab.scale;

import dev.converge.lab.ProcessorTime;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The processor time of a platform's processes, with their children, from a time on. */
final class Cores {
  private final Map<String, ProcessHandle> processes;
  private final Map<String, Double> before;
  private final long beganNanos = System.nanoTime();

  private Cores(Map<String, ProcessHandle> processes) {
    this.processes = processes;
    this.before = millis();
  }

  /** From now on, of the parts that run. */
  static Cores from(Platform platform) {
    Map<String, ProcessHandle> processes = new TreeMap<>();
    for (Part part : platform.nodes()) {
      platform.process(part).ifPresent(process -> processes.put(part.id(), process));
    }
    return new Cores(processes);
  }

  /** Cores that each process has used since. */
  Map<String, Double> used() {
    double wallMillis = (System.nanoTime() - beganNanos) / 1e6;
    Map<String, Double> used = new TreeMap<>();
    millis()
        .forEach(
            (name, millis) ->
                used.put(name, Math.max(0, millis - before.getOrDefault(name, 0.0)) / wallMillis));
    return used;
  }

  private Map<String, Double> millis() {
    Map<String, Double> millis = new TreeMap<>();
    processes.forEach(
        (name, process) ->
            millis.put(
                name,
                Stream.concat(Stream.of(process), process.descendants())
                    .mapToDouble(ProcessorTime::millis)
                    .sum()));
    return millis;
  }
}
