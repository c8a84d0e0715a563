package dev.converge.lab.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The client as a process of its own: no fault of the platform, nor of the lab, ends it. */
public final class HistoryProcess implements AutoCloseable {
  private final Process process;
  private final BufferedWriter orders;
  private final Path file;

  /** Starts the client; it places orders from then on. */
  public HistoryProcess(HistoryPlan plan, Path log) {
    file = Path.of(plan.file());
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms64m",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            HistoryMain.class.getName());
    try {
      process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      orders =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
      say(new ObjectMapper().writeValueAsString(plan));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void say(String line) throws IOException {
    orders.write(line);
    orders.newLine();
    orders.flush();
  }

  /** Whether it still places orders: it never ends by itself. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Ends the load and waits until every order is answered or given up.
   *
   * @return whether it ended in time, and in order
   */
  public boolean end(long withinSeconds) throws InterruptedException {
    try {
      say("end");
    } catch (IOException ended) {
      return false;
    }
    return process.waitFor(withinSeconds, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  /** The history that the client has written so far. */
  public List<Request> history() {
    return History.read(file);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
