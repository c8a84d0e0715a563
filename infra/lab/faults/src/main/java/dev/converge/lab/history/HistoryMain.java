package dev.converge.lab.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The client's process: reads a plan from its input; a second line, or the end of the input, ends
 * the load.
 */
public final class HistoryMain {
  /** Longer than an order is repeated, and than its remaining requests take. */
  private static final long ENDED_WITHIN_SECONDS = 150;

  private HistoryMain() {}

  public static void main(String[] args) throws IOException, TimeoutException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    HistoryPlan plan = new ObjectMapper().readValue(lines.readLine(), HistoryPlan.class);
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false)));
    HistoryClient client = new HistoryClient(vertx, plan);
    var over = client.begin();
    lines.readLine();
    client.end();
    over.await(ENDED_WITHIN_SECONDS, TimeUnit.SECONDS);
    System.out.println("done");
    System.exit(0);
  }
}
