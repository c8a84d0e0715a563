package dev.converge.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A class of the lab in a process of its own, which can be paused and killed. It reads commands
 * line by line, and reports in lines that begin with {@code @}; all its output goes to a log.
 * Closing it kills the process.
 */
public final class ChildProcess implements AutoCloseable {
  /** The last report of each process. */
  public static final String ENDED = "ended";

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

  private final Process process;
  private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();
  private final Thread reader;

  private ChildProcess(Process process, Path log) {
    this.process = process;
    this.reader = new Thread(() -> read(log), "child-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts the main class with the class path of this process. */
  public static ChildProcess start(
      Class<?> main, List<String> arguments, Map<String, String> environment, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx96m",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new ChildProcess(builder.start(), log);
  }

  private void read(Path log) {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (line.startsWith("@")) {
          reports.add(line.substring(1));
        }
      }
    } catch (IOException killed) {
      // The end of its output is the end of the process.
    }
    reports.add(ENDED);
  }

  /** Sends a command. A paused process reads it when it is resumed. */
  public void send(String line) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** The next report; null if there is none in time. */
  public @Nullable String report(Duration timeout) throws InterruptedException {
    return reports.poll(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
  }

  /** Pauses the process with SIGSTOP. */
  public void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Resumes it with SIGCONT. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (!kill.waitFor(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS) || kill.exitValue() != 0) {
      throw new IOException("kill -" + name + " " + process.pid() + " failed");
    }
  }

  /** Kills the process with SIGKILL. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("the process does not end");
    }
    reader.join(ENDS_WITHIN.toMillis());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
