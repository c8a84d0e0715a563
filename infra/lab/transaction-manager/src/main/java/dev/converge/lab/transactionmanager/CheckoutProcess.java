package dev.converge.lab.transactionmanager;

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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Checkout} or a {@link CheckoutServer} in a process of its own. Closing it kills the
 * process.
 */
final class CheckoutProcess implements AutoCloseable {
  private static final String FAILURE = "failure ";
  private static final int SIGNALLED_WITHIN_SECONDS = 10;
  private static final Duration SERVES_WITHIN = Duration.ofSeconds(60);

  private final Process process;
  private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();
  private final Thread reader;
  private String failure = "";

  private CheckoutProcess(Process process, Path log) {
    this.process = process;
    this.reader = new Thread(() -> read(log), "checkout");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts the process that buys one thing. */
  static CheckoutProcess start(
      String mode, Moment pauseAt, Path store, TwoDatabases databases, Path log)
      throws IOException {
    return start(
        Checkout.class,
        List.of(
            mode,
            pauseAt.name(),
            store.toString(),
            databases.stock().argument(),
            databases.wallet().argument()),
        databases.stock().password(),
        log);
  }

  /** Starts the process that buys under load, and waits until it serves. */
  static CheckoutProcess serve(int port, Path store, XaDatabase stock, XaDatabase wallets, Path log)
      throws IOException, InterruptedException {
    CheckoutProcess process =
        start(
            CheckoutServer.class,
            List.of(Integer.toString(port), store.toString(), stock.argument(), wallets.argument()),
            stock.password(),
            log);
    try {
      String unused = process.await("serving", SERVES_WITHIN);
      return process;
    } catch (IllegalStateException tooLate) {
      process.close();
      throw tooLate;
    }
  }

  private static CheckoutProcess start(
      Class<?> main, List<String> arguments, String password, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-Dorg.jboss.logging.provider=slf4j",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CHECKOUT_PASSWORD", password);
    return new CheckoutProcess(builder.start(), log);
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
  }

  /** The rest of the next report that begins so. */
  String await(String beginning, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      String report = reports.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (report == null) {
        throw new IllegalStateException("no report in time: " + beginning);
      }
      if (report.startsWith(FAILURE)) {
        failure = report.substring(FAILURE.length());
      }
      if (report.startsWith(beginning)) {
        return report.substring(beginning.length()).strip();
      }
    }
  }

  /** The driver's answer to a commit that failed, as far as it was reported. */
  String failure() {
    return failure;
  }

  /** Lets the process continue. */
  void proceed() throws IOException {
    OutputStream input = process.getOutputStream();
    input.write("\n".getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** Stops the process with SIGSTOP, until {@link #resume}. */
  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (!kill.waitFor(SIGNALLED_WITHIN_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new IllegalStateException("SIG" + name + " was not sent");
    }
  }

  /** Kills the process with SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the process does not end");
    }
    reader.join(1_000);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
