package dev.converge.lab.faults;

import dev.converge.lab.history.OrderKind;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A platform of the lab's own, with a link before each database, Kafka and Connect. Closing it ends
 * every process.
 */
final class LabPlatform implements AutoCloseable {
  private static final long PLENTY = 1_000_000;
  private static final long SCARCE = 60;

  /** Units of the item that many want at once; each wants one. */
  static final int CONTENDED = 30;

  private static final List<Part> LINKED =
      List.of(Part.ORDER_DB, Part.INVENTORY_DB, Part.PAYMENT_DB, Part.KAFKA, Part.CONNECT);

  /** Short enough for a step to run into its deadline while a fault is held or healed. */
  private static final Map<String, String> DEADLINES =
      Map.of(
          "SAGA_STEP_DEADLINE", "PT20S",
          "SAGA_FIRST_RETRY", "PT2S",
          "SAGA_MAX_RETRY", "PT5S",
          "SAGA_MAX_ATTEMPTS", "100");

  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(1)
              .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false)));
  private final Map<Part, LinkProxy> links = new LinkedHashMap<>();
  private final Platform platform;
  private final Thread closer = new Thread(this::end, "lab-platform");

  LabPlatform(Layout layout, Ports ports, Variation variation) {
    Map<Part, Integer> reachedAt = new LinkedHashMap<>();
    for (Part part : LINKED) {
      LinkProxy link = LinkProxy.to(vertx, ports.of(part));
      links.put(part, link);
      reachedAt.put(part, link.port());
    }
    Map<String, String> environment = new LinkedHashMap<>(DEADLINES);
    environment.putAll(variation.environment());
    platform = new Platform(layout, ports, environment, reachedAt, variation.inFront());
    Runtime.getRuntime().addShutdownHook(closer);
  }

  Platform platform() {
    return platform;
  }

  Map<Part, LinkProxy> links() {
    return links;
  }

  /** Starts everything on an empty state folder. */
  void startFresh() {
    platform.forget();
    platform.up((part, sinceBegin) -> {});
  }

  /** Stocks the shelves; what each item was stocked with. */
  Map<String, Long> stock() {
    Map<String, Long> received = new LinkedHashMap<>();
    OrderKind.plenty().forEach(sku -> received.put(sku, PLENTY));
    received.put(OrderKind.SCARCE_SKU, SCARCE);
    received.put(OrderKind.MISSING_SKU, 0L);
    received.put(OrderKind.CONTENDED_SKU, (long) CONTENDED);
    received.forEach(this::stock);
    return received;
  }

  private void stock(String sku, long available) {
    String url = platform.ports().url(Part.INVENTORY_SERVICE) + "/stock/" + sku;
    try {
      Http.Answer answer = new Http().send("PUT", url, "{\"available\":" + available + "}");
      if (answer.status() >= 300) {
        throw new LabException("stock of " + sku + ": " + answer.status());
      }
    } catch (IOException e) {
      throw new LabException("stock of " + sku, e);
    }
  }

  /** Takes away whatever is still wrong, and starts what does not run. */
  void healAll() {
    links.values().forEach(link -> link.set(LinkProxy.Mode.PASS));
    for (Part part : Part.values()) {
      platform.resume(part);
    }
    platform.up((part, sinceBegin) -> {});
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    for (Part part : Part.values()) {
      platform.kill(part);
    }
    vertx.close();
  }
}
