package dev.converge.platform;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Processes that outlive the command that starts them. A file per part holds the process id and
 * when it was started, so that a number that another process has got since is not mistaken for it.
 */
final class Processes {
  private static final Duration SAME_START = Duration.ofSeconds(2);

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
   * Starts a process in a process group of its own: Ctrl-C in the terminal is for the command,
   * which then stops its parts in order.
   *
   * @param environment all variables of the process: it inherits none
   */
  synchronized long start(Part part, List<String> command, Map<String, String> environment) {
    if (refusing) {
      throw new PlatformException("the platform is being stopped");
    }
    List<String> shell = new ArrayList<>();
    shell.addAll(
        List.of("bash", "-c", "set -m; \"$@\" </dev/null >>\"$CONVERGE_LOG\" 2>&1 & echo $!"));
    shell.add(part.id());
    shell.addAll(command);
    try {
      Files.createDirectories(layout.logs());
      Files.createDirectories(layout.processes());
      Files.createDirectories(layout.sharedClasses().folder());
      layout.sharedClasses().discard(part);
      ProcessBuilder builder = new ProcessBuilder(shell).directory(layout.state().toFile());
      builder.environment().clear();
      builder.environment().putAll(environment);
      builder.environment().put("CONVERGE_LOG", layout.log(part.id()).toString());
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      Process starter = builder.start();
      String output = new String(starter.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!starter.waitFor(10, TimeUnit.SECONDS)) {
        throw new PlatformException(part.id() + " could not be started");
      }
      long pid = Long.parseLong(output.strip());
      remember(part, pid);
      return pid;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted while starting " + part.id(), e);
    }
  }

  /** The running process of a part. */
  Optional<ProcessHandle> running(Part part) {
    Path file = file(part);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      String[] fields = Files.readString(file).strip().split(" ", -1);
      Instant started = Instant.ofEpochMilli(Long.parseLong(fields[1]));
      return ProcessHandle.of(Long.parseLong(fields[0]))
          .filter(Processes::isAlive)
          .filter(process -> startedAt(process, started));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Ends a part at once, with SIGKILL, and all it has started: a new PostgreSQL does not start
   * while a backend of the old one lives.
   */
  void kill(Part part) {
    running(part).ifPresent(process -> killFamily(part, process));
    layout.sharedClasses().discard(part);
    forget(part);
  }

  /** Asks a part to end; ends it where it does not. */
  void stop(Part part, Duration patience) {
    running(part)
        .ifPresent(
            process -> {
              // PostgreSQL: SIGINT is the fast shutdown, SIGTERM waits for its clients.
              awaitEnd(part, signal(process, part.isDatabase() ? "INT" : "TERM"), patience);
            });
    forget(part);
  }

  /** Sends a signal to a process. */
  static ProcessHandle signal(ProcessHandle process, String name) {
    send(name, Long.toString(process.pid()));
    return process;
  }

  /** Sends a signal to a part and all it has started; to nobody where it does not run. */
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

  private void awaitEnd(Part part, ProcessHandle process, Duration patience) {
    if (!Waits.until(patience, () -> !isAlive(process))) {
      killFamily(part, process);
      layout.sharedClasses().discard(part);
      return;
    }
    layout.sharedClasses().keep(part);
  }

  private static void killFamily(Part part, ProcessHandle process) {
    List<ProcessHandle> family = Stream.concat(Stream.of(process), process.descendants()).toList();
    family.forEach(member -> send("KILL", Long.toString(member.pid())));
    if (!Waits.until(Duration.ofSeconds(10), () -> family.stream().noneMatch(Processes::isAlive))) {
      throw new PlatformException(part.id() + ", pid " + process.pid() + ", does not end");
    }
  }

  /** Alive, and not a zombie that nobody has collected: in a container init may never do so. */
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

  private static boolean startedAt(ProcessHandle process, Instant expected) {
    return process
        .info()
        .startInstant()
        .map(start -> Duration.between(start, expected).abs().compareTo(SAME_START) < 0)
        .orElse(true);
  }

  private void remember(Part part, long pid) throws IOException {
    Instant started =
        ProcessHandle.of(pid)
            .flatMap(process -> process.info().startInstant())
            .orElse(Instant.now());
    Files.writeString(file(part), pid + " " + started.toEpochMilli());
  }

  private void forget(Part part) {
    try {
      Files.deleteIfExists(file(part));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(Part part) {
    return layout.processes().resolve(part.id());
  }
}
