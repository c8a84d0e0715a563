package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Observations.ResourceSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The resources of the services: of each process once after a while under load, and once at the
 * end. A restarted service is a new process.
 */
final class ResourceSamples implements AutoCloseable {
  private static final long WARM_AFTER_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long ANSWER_WITHIN_SECONDS = 10;
  private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

  /**
   * A service whose process is sampled.
   *
   * @param name by which its database knows it
   * @param pid of its process; none while it does not run
   */
  record Service(String name, String domain, Supplier<Optional<Long>> pid) {}

  private final List<Service> services;
  private final EvidenceReader reader;
  private final List<ResourceSample> resourceSamples =
      Collections.synchronizedList(new ArrayList<>());
  private final Map<Long, Long> firstSeen = new HashMap<>();
  private final Set<Long> marked = new HashSet<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread made = new Thread(work, "resourceSamples");
            made.setDaemon(true);
            return made;
          });

  ResourceSamples(List<Service> services, EvidenceReader reader) {
    this.services = services;
    this.reader = reader;
  }

  /** The load has begun. */
  void begin() {
    var unused = thread.scheduleWithFixedDelay(this::mark, 0, 1, TimeUnit.SECONDS);
  }

  private void mark() {
    services.forEach(service -> service.pid().get().ifPresent(pid -> mark(service, pid)));
  }

  private void mark(Service service, long pid) {
    long seen = firstSeen.computeIfAbsent(pid, unseen -> System.nanoTime());
    if (System.nanoTime() - seen < WARM_AFTER_NANOS || marked.contains(pid) || isPaused(pid)) {
      return;
    }
    ResourceSample mark = resourceSample(service, pid, false);
    // Its database is down, or it did not answer in time: it is sampled again.
    if (mark.connections() != null && (mark.liveBytes() != null || !Files.isExecutable(JCMD))) {
      marked.add(pid);
      resourceSamples.add(mark);
    }
  }

  /** Samples the processes when the platform is quiescent. */
  void end() throws InterruptedException {
    thread.shutdownNow();
    if (!thread.awaitTermination(2 * ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS)) {
      throw new LabException("the resources of the services are still being sampled");
    }
    for (Service service : services) {
      service.pid().get().ifPresent(pid -> resourceSamples.add(resourceSample(service, pid, true)));
    }
  }

  List<ResourceSample> read() {
    return List.copyOf(resourceSamples);
  }

  // A process that hangs would not answer.
  private static boolean isPaused(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.startsWith("T", stat.lastIndexOf(')') + 2);
    } catch (IOException absent) {
      return false;
    }
  }

  private ResourceSample resourceSample(Service service, long pid, boolean whenQuiescent) {
    Long live = liveBytes(pid);
    return new ResourceSample(
        service.name(),
        pid,
        whenQuiescent,
        entries(Path.of("/proc/" + pid + "/task")),
        entries(Path.of("/proc/" + pid + "/fd")),
        connections(service),
        live);
  }

  private static @Nullable Long entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.count();
    } catch (IOException absent) {
      // It has ended, or this system has no /proc.
      return null;
    }
  }

  private @Nullable Long connections(Service service) {
    try {
      return reader.count(
          service.domain(),
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"
              + service.name()
              + "'");
    } catch (SQLException unavailable) {
      return null;
    }
  }

  /** The live heap of a process after a full collection; null if it does not report it. */
  private static @Nullable Long liveBytes(long pid) {
    if (!Files.isExecutable(JCMD)) {
      return null;
    }
    try {
      Path histogram = Files.createTempFile("converge-histogram", ".txt");
      try {
        Process asked =
            new ProcessBuilder(JCMD.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .redirectOutput(histogram.toFile())
                .start();
        try {
          return asked.waitFor(ANSWER_WITHIN_SECONDS, TimeUnit.SECONDS)
              ? total(Files.readString(histogram, StandardCharsets.UTF_8))
              : null;
        } finally {
          asked.destroyForcibly();
        }
      } finally {
        Files.deleteIfExists(histogram);
      }
    } catch (IOException notMeasured) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** The bytes of all classes: {@code Total 123456 7890123}. */
  static @Nullable Long total(String histogram) {
    return histogram
        .lines()
        .filter(line -> line.matches("Total\\s+\\d+\\s+\\d+\\s*"))
        .map(line -> Long.valueOf(line.strip().replaceFirst("^Total\\s+\\d+\\s+", "")))
        .findFirst()
        .orElse(null);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
