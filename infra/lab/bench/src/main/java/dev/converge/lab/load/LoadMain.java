package dev.converge.lab.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The generator's process: reads a plan per line, and writes a result per line. */
public final class LoadMain {
  private static final long ANSWERS_WITHIN_SECONDS = 90;

  private LoadMain() {}

  public static void main(String[] args) throws IOException, TimeoutException {
    URI orderApi = URI.create(args[0]);
    ObjectMapper json = new ObjectMapper();
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false)));
    OrderLoad load = new OrderLoad(vertx, orderApi, Long.parseLong(args[1]));
    BufferedReader plans =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = plans.readLine(); line != null; line = plans.readLine()) {
      LoadPlan plan = json.readValue(line, LoadPlan.class);
      long loadSeconds = TimeUnit.MILLISECONDS.toSeconds(plan.millis());
      LoadResult result =
          load.run(plan).await(loadSeconds + ANSWERS_WITHIN_SECONDS, TimeUnit.SECONDS);
      System.out.println(json.writeValueAsString(result));
    }
    System.exit(0);
  }
}
