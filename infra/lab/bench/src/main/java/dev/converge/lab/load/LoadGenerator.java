package dev.converge.lab.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The generator as a process of its own: its cost is not counted among the services' costs. */
public final class LoadGenerator implements AutoCloseable {
  private final Process process;
  private final BufferedWriter plans;
  private final BufferedReader results;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * @param orderApi where orders are posted, without the path
   * @param seed of the orders and their keys; no two runs on one database may share it
   */
  public LoadGenerator(String orderApi, long seed, Path log) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                LoadMain.class.getName(),
                orderApi,
                Long.toString(seed)));
    try {
      process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    plans =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    results =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Begins a step; the result completes when every order is answered. */
  public CompletableFuture<LoadResult> begin(LoadPlan plan) {
    try {
      plans.write(json.writeValueAsString(plan));
      plans.newLine();
      plans.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the load generator has ended", e);
    }
    return CompletableFuture.supplyAsync(this::result);
  }

  private LoadResult result() {
    try {
      String line = results.readLine();
      if (line == null) {
        throw new IllegalStateException("the load generator has ended");
      }
      return json.readValue(line, LoadResult.class);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  public ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
