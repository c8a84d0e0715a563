package dev.converge.lab.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Faults that are injected over HTTP: of the connectors, and of the payment provider. */
final class HttpFaults {
  /** The provider's default: SLOW, and orders with a slow token, take this long. */
  private static final int DEFAULT_DELAY_MILLIS = 3_000;

  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(20);

  private HttpFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(
          new OfHttp(
              platform,
              Part.CONNECT,
              new FaultSpec("task-restarted", domain + "-outbox", "connect", 0, 0, 15),
              HttpCall.connector(domain, "POST", "/restart?includeTasks=true"),
              null));
      faults.add(
          new OfHttp(
              platform,
              Part.CONNECT,
              new FaultSpec("connector-paused", domain + "-outbox", "connect", 4_000, 8_000, 15),
              HttpCall.connector(domain, "PUT", "/pause"),
              HttpCall.connector(domain, "PUT", "/resume")));
      faults.add(
          new OfHttp(
              platform,
              Part.CONNECT,
              new FaultSpec("connector-stopped", domain + "-outbox", "connect", 2_000, 6_000, 15),
              HttpCall.connector(domain, "PUT", "/stop"),
              HttpCall.connector(domain, "PUT", "/resume")));
      faults.add(
          new OffsetsLost(
              platform,
              done,
              domain,
              new FaultSpec(
                  "connector-offsets-lost", domain + "-outbox", "loss", 1_000, 4_000, 60)));
    }
    for (String behaviour : List.of("FAIL", "SLOW", "LOSE_ANSWER", "DECLINE")) {
      String name = "provider-" + behaviour.toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      faults.add(
          new OfHttp(
              platform,
              Part.PAYMENT_SERVICE,
              new FaultSpec(name, Part.PAYMENT_SERVICE.id(), "provider", 4_000, 10_000, 15),
              provider(behaviour),
              provider("NORMAL")));
    }
    // Longer than the timeout of a call, 6 s: the money is taken after the caller has given up.
    faults.add(
        new OfHttp(
            platform,
            Part.PAYMENT_SERVICE,
            new FaultSpec(
                "provider-late", Part.PAYMENT_SERVICE.id(), "provider", 4_000, 10_000, 15),
            provider("SLOW", 7_000),
            provider("NORMAL", DEFAULT_DELAY_MILLIS)));
    return faults;
  }

  private static HttpCall provider(String behaviour) {
    return new HttpCall("PUT", "/provider", "{\"behaviour\":\"" + behaviour + "\"}");
  }

  private static HttpCall provider(String behaviour, int delayMillis) {
    return new HttpCall(
        "PUT",
        "/provider",
        "{\"behaviour\":\"" + behaviour + "\",\"delayMillis\":" + delayMillis + "}");
  }

  /** A connector loses its offsets; at its next start it begins at the end of the log. */
  private record OffsetsLost(Platform platform, InterventionLog done, String domain, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.CONNECT);
    }

    @Override
    public void inject() throws IOException, SQLException {
      HttpCall.connector(domain, "PUT", "/stop").send(platform, Part.CONNECT);
      if (!Polling.until(STOPPED_WITHIN, this::isStopped)) {
        throw new IOException("connector " + domain + "-outbox does not stop");
      }
      // Rows committed until the next start are never sent.
      done.rowsSkipped();
      HttpCall.connector(domain, "DELETE", "/offsets").send(platform, Part.CONNECT);
    }

    private boolean isStopped() throws IOException {
      JsonNode status =
          new Http()
              .get(platform.ports().url(Part.CONNECT) + "/connectors/" + domain + "-outbox/status")
              .body();
      return status.at("/connector/state").asText().equals("STOPPED")
          && status.path("tasks").isEmpty();
    }

    @Override
    public void heal() throws IOException {
      HttpCall.connector(domain, "PUT", "/resume").send(platform, Part.CONNECT);
    }
  }

  private record OfHttp(
      Platform platform, Part part, FaultSpec spec, HttpCall breaking, @Nullable HttpCall healing)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, part);
    }

    @Override
    public void inject() throws IOException {
      breaking.send(platform, part);
    }

    @Override
    public void heal() throws IOException {
      if (healing != null) {
        healing.send(platform, part);
      }
    }
  }
}
