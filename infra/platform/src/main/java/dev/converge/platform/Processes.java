package dev.converge.platform;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Processes that outlive the command that starts them. A file per part holds the process id. If the
 * file is lost or damaged, the process is found by its {@link ProcessMark}.
 */
final class Processes {
  /** Makes the archives of {@link SharedClasses}, aside. */
  private static final String ARCHIVER = "class-archiver";

  private static final long LOG_BOUND_BYTES = 16L << 20;
  private static final Duration KILLED_WITHIN = Duration.ofSeconds(10);

  private final Layout layout;
  private boolean refusing;

  Processes(Layout layout) {
    this.layout = layout;
  }

  /** Lets a start that is under way end, and no other begin. */
  synchronized void refuseStarts() {
    refusing = true;
  }

  /**
   * Starts a process in a process group of its own: Ctrl-C in the terminal reaches only the
   * command, which then stops its parts in order.
   *
   * @param environment all variables of the process: it inherits none
   */
  synchronized void start(Part part, List<String> command, Map<String, String> environment) {
    long pid = start(part.id(), command, environment);
    StateFile.write(file(part), ProcessRecord.of(pid).text());
  }

  /** Starts the creation of the archives; it ends by itself, or with {@link #endAside}. */
  synchronized void startAside(String script, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("nice", "-n", "19", "bash", "-c", script));
    command.add(
        new ProcessMark(ARCHIVER, ProcessMark.stateOf(layout.state()), List.of()).javaArgument());
    command.addAll(arguments);
    start(ARCHIVER, command, PartEnvironment.of(Part.KAFKA, System.getenv(), Map.of()));
  }

  /** Ends the background process: its results are not needed. */
  void endAside() {
    killMarked(ARCHIVER);
  }

  private long start(String name, List<String> command, Map<String, String> environment) {
    if (refusing) {
      throw new PlatformException("the platform is being stopped");
    }
    List<String> shell = new ArrayList<>();
    shell.addAll(
        List.of("bash", "-c", "set -m; \"$@\" </dev/null >>\"$CONVERGE_LOG\" 2>&1 & echo $!"));
    shell.add(name);
    shell.addAll(command);
    try {
      Files.createDirectories(layout.logs());
      keepTheLogBounded(layout.log(name));
      Files.createDirectories(layout.sharedClasses().folder());
      Files.createDirectories(layout.sharedClasses().lists());
      ProcessBuilder builder = new ProcessBuilder(shell).directory(layout.state().toFile());
      builder.environment().clear();
      builder.environment().putAll(environment);
      builder.environment().put("CONVERGE_LOG", layout.log(name).toString());
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      Process starter = builder.start();
      String output = new String(starter.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!starter.waitFor(10, TimeUnit.SECONDS) || !output.strip().matches("\\d+")) {
        throw new PlatformException(name + " could not be started");
      }
      return Long.parseLong(output.strip());
    } catch (IOException e) {
      throw new PlatformException(name + " could not be started: " + StateFile.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted while starting " + name, e);
    }
  }

  // The newest part of the old log is kept beside it; a log that is being written is not truncated.
  private static void keepTheLogBounded(Path log) throws IOException {
    if (Files.isRegularFile(log) && Files.size(log) > LOG_BOUND_BYTES) {
      Files.move(log, Path.of(log + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The running process of a part. */
  Optional<ProcessHandle> running(Part part) {
    return recorded(part).or(() -> marked().find(part.id()).stream().findFirst());
  }

  private Optional<ProcessHandle> recorded(Part part) {
    return StateFile.read(file(part))
        .flatMap(ProcessRecord::parse)
        .flatMap(record -> record.process().filter(process -> isOf(part, process, record)));
  }

  private boolean isOf(Part part, ProcessHandle process, ProcessRecord record) {
    List<String> arguments = MarkedProcesses.arguments(process);
    return ProcessMark.in(arguments)
        .map(mark -> marked().isOf(process, part.id()) || hasMoved(part, mark, process, record))
        // Started by a version that set no mark.
        .orElseGet(
            () -> record.isStartOf(process) && MarkedProcesses.isProgram(process, arguments));
  }

  // The state folder was moved or renamed while the part ran. A copy of the folder has the same
  // record, but the part does not work in it.
  private boolean hasMoved(
      Part part, ProcessMark mark, ProcessHandle process, ProcessRecord record) {
    return mark.name().equals(part.id())
        && record.isStartOf(process)
        && isAlive(process)
        && MarkedProcesses.worksWithin(process, layout.state());
  }

  private MarkedProcesses marked() {
    return MarkedProcesses.of(layout.state());
  }

  /**
   * Kills a part with SIGKILL, and all it has started: a new PostgreSQL does not start while a
   * backend of the old one lives.
   */
  void kill(Part part) {
    running(part).ifPresent(process -> killFamily(part.id(), process));
    killMarked(part.id());
    StateFile.delete(file(part));
  }

  /**
   * Asks a part to end, and kills it if it does not.
   *
   * @return whether it ended by itself, or did not run
   */
  boolean stop(Part part, Duration timeout) {
    boolean byItself =
        running(part)
            // PostgreSQL: SIGINT is the fast shutdown, SIGTERM waits for its clients.
            .map(process -> signal(process, part.isDatabase() ? "INT" : "TERM"))
            .map(process -> endsWithin(part, process, timeout))
            .orElse(true);
    // One more where its file named another, or a start was cut short.
    killMarked(part.id());
    StateFile.delete(file(part));
    return byItself;
  }

  // Repeated until there is none: a process may have been about to start another.
  private void killMarked(String name) {
    MarkedProcesses marked = marked();
    boolean ended =
        Waits.until(
            KILLED_WITHIN,
            () -> {
              List<ProcessHandle> found = marked.find(name);
              found.forEach(process -> killFamily(name, process));
              return found.isEmpty();
            });
    if (!ended) {
      throw new PlatformException(name + " does not end");
    }
  }

  /** Sends a signal to a process. */
  static ProcessHandle signal(ProcessHandle process, String name) {
    send(name, Long.toString(process.pid()));
    return process;
  }

  /** Sends a signal to a part and its child processes; does nothing if the part does not run. */
  void signalFamily(Part part, String name) {
    running(part)
        .ifPresent(
            process -> {
              // The parent first: one that is stopped begets no more.
              signal(process, name);
              process.descendants().forEach(child -> signal(child, name));
            });
  }

  private static void send(String name, String target) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-s", name, "--", target)
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start();
      if (!kill.waitFor(5, TimeUnit.SECONDS)) {
        throw new PlatformException("kill " + name + " " + target + " hangs");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  private static boolean endsWithin(Part part, ProcessHandle process, Duration timeout) {
    boolean ended = Waits.until(timeout, () -> !isAlive(process));
    if (!ended) {
      killFamily(part.id(), process);
    }
    return ended;
  }

  private static void killFamily(String name, ProcessHandle process) {
    List<ProcessHandle> family = Stream.concat(Stream.of(process), process.descendants()).toList();
    family.forEach(member -> send("KILL", Long.toString(member.pid())));
    if (!Waits.until(KILLED_WITHIN, () -> family.stream().noneMatch(Processes::isAlive))) {
      throw new PlatformException(name + ", pid " + process.pid() + ", does not end");
    }
  }

  /** Alive, and not a zombie that was not reaped: in a container init may never do so. */
  static boolean isAlive(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    Path stat = Path.of("/proc/" + process.pid() + "/stat");
    try {
      return !Files.exists(stat)
          || !Files.readString(stat).replaceFirst(".*\\) ", "").startsWith("Z");
    } catch (IOException ended) {
      return false;
    }
  }

  /** Whether a signal has stopped it; false where the system does not report it. */
  static boolean isStoppedBySignal(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/stat"))
          .replaceFirst("(?s).*\\) ", "")
          .startsWith("T");
    } catch (IOException noProcOrEnded) {
      return false;
    }
  }

  private Path file(Part part) {
    return layout.processes().resolve(part.id());
  }
}
