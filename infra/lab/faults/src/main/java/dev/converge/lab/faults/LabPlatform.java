package dev.converge.lab.faults;

import dev.converge.lab.history.OrderKind;
import dev.converge.lab.links.LinkProxy;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A platform of the lab's own, with a link before each database, Kafka and Connect, and two or more
 * instances of the order service behind one address. Unless a scale asks for several nodes of that
 * service, the second instance is outside of the platform, and no fault is injected into it.
 * Closing it ends every process, and takes out the disks.
 */
final class LabPlatform implements AutoCloseable {
  private static final long PLENTY = 1_000_000;
  private static final long SCARCE = 60;

  private static final String SECOND = "order-service-2";

  private static final Set<Role.Kind> LINKED =
      Set.of(Role.Kind.DATABASE, Role.Kind.KAFKA, Role.Kind.CONNECT);

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
  private final PlatformVariant variant;
  private final Scale scale;
  private final Disks disks;
  private final LabClock clock;
  private final Layout secondLayout;
  private final Ports secondPorts;
  private final Balancer orderApi;
  private volatile Platform platform;

  /** Of which only the order service is started; null if the platform has several itself. */
  private volatile @Nullable Platform second;

  private final Thread closer = new Thread(this::end, "lab-platform");

  LabPlatform(Layout layout, Ports ports, PlatformVariant variant, Scale scale) {
    this.variant = variant;
    this.scale = scale;
    this.disks = new Disks(layout);
    this.clock = new LabClock(layout);
    scale.nodes().stream()
        .filter(LabPlatform::isLinked)
        .forEach(part -> links.put(part, LinkProxy.to(vertx, ports.of(part))));
    secondLayout = new Layout(layout.root(), layout.state().resolve("second"));
    secondPorts = ports.withFree(Part.ORDER_SERVICE);
    orderApi = Balancer.before(vertx, orderServices(ports));
    platform = made(layout, ports, Map.of(), variant.inFront()).scaledTo(scale);
    second = second(variant.inFront());
    Runtime.getRuntime().addShutdownHook(closer);
  }

  // The port of a database's first node is that of its primary; clients know no other.
  private static boolean isLinked(Part part) {
    return LINKED.contains(part.kind())
        && (part.kind() != Role.Kind.DATABASE || part.ordinal() == 1);
  }

  private boolean hasSecond() {
    return scale.of(Role.ORDER_SERVICE) == 1;
  }

  private List<Integer> orderServices(Ports ports) {
    return hasSecond()
        ? List.of(ports.of(Part.ORDER_SERVICE), secondPorts.of(Part.ORDER_SERVICE))
        : scale.nodes(Role.ORDER_SERVICE).stream().map(ports::of).toList();
  }

  private @Nullable Platform second(Map<Part, List<Path>> inFront) {
    return hasSecond()
        ? made(secondLayout, secondPorts, Map.of("INSTANCE_ID", SECOND), inFront)
        : null;
  }

  private void startSecond() {
    if (second != null) {
      second.start(Part.ORDER_SERVICE);
    }
  }

  private Platform made(
      Layout layout, Ports ports, Map<String, String> own, Map<Part, List<Path>> inFront) {
    Map<Part, Integer> reachedAt = new LinkedHashMap<>();
    links.forEach((part, link) -> reachedAt.put(part, link.port()));
    Map<String, String> environment = new LinkedHashMap<>(DEADLINES);
    environment.putAll(clock.environment());
    environment.putAll(variant.environment());
    environment.putAll(own);
    return new Platform(layout, ports, environment, reachedAt, inFront);
  }

  /** Has services take their time from the lab. Nothing has been started yet. */
  void setClocksOf(Collection<Part> services) {
    if (services.isEmpty()) {
      return;
    }
    Map<Part, List<Path>> inFront = new LinkedHashMap<>(variant.inFront());
    try {
      Path entry = clock.make();
      services.forEach(
          service ->
              inFront.merge(
                  service,
                  List.of(entry),
                  (before, more) -> Stream.of(before, more).flatMap(List::stream).toList()));
    } catch (IOException e) {
      throw new LabException("clock", e);
    }
    platform = made(platform.layout(), platform.ports(), Map.of(), inFront).scaledTo(scale);
    second = second(inFront);
  }

  Platform platform() {
    return platform;
  }

  /** How many nodes each role has. */
  Scale scale() {
    return scale;
  }

  /** The address of the order API, in front of all instances of the order service. */
  String orderApi() {
    return orderApi.url();
  }

  /** All processes of services: the order service has at least two. */
  List<ResourceSamples.Service> services() {
    List<ResourceSamples.Service> all = new ArrayList<>();
    scale.nodes().stream()
        .filter(node -> node.kind() == Role.Kind.SERVICE)
        .forEach(node -> all.add(process(node.id(), node, platform)));
    if (second != null) {
      all.add(process(SECOND, Part.ORDER_SERVICE, second));
    }
    return all;
  }

  private static ResourceSamples.Service process(String name, Part part, Platform of) {
    return new ResourceSamples.Service(
        name, Topology.of(part).domain(), () -> of.process(part).map(ProcessHandle::pid));
  }

  Map<Part, LinkProxy> links() {
    return links;
  }

  Disks disks() {
    return disks;
  }

  LabClock clock() {
    return clock;
  }

  /**
   * Starts everything on an empty state folder.
   *
   * @param onDisks the parts that get a disk of their own
   */
  void startFresh(Collection<Part> onDisks) {
    boolean running = platform.nodes().stream().anyMatch(platform::isRunning);
    try {
      if (!running) {
        disks.remove();
      }
      platform.forget();
      if (second != null) {
        second.forget();
      }
      for (Part part : onDisks) {
        // The data must exist before it can be moved.
        platform.start(part);
        platform.stop(part);
        disks.make(part);
      }
    } catch (IOException e) {
      throw new LabException("disks", e);
    }
    platform.up((part, sinceBegin) -> {});
    startSecond();
  }

  /**
   * Fills the stock; returns the units of each item.
   *
   * @param contended units of the item for which many orders compete
   */
  Map<String, Long> stock(int contended) {
    Map<String, Long> received = new LinkedHashMap<>();
    OrderKind.plenty().forEach(sku -> received.put(sku, PLENTY));
    received.put(OrderKind.SCARCE_SKU, SCARCE);
    received.put(OrderKind.MISSING_SKU, 0L);
    received.put(OrderKind.CONTENDED_SKU, (long) contended);
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

  /** Heals every remaining fault, and starts the parts that do not run. */
  void healAll() {
    links.values().forEach(link -> link.set(LinkProxy.Mode.PASS));
    for (Part part : platform.nodes()) {
      platform.resume(part);
    }
    platform.up((part, sinceBegin) -> {});
    startSecond();
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    if (second != null) {
      second.kill(Part.ORDER_SERVICE);
    }
    platform.killAll();
    vertx.close();
    disks.close();
  }
}
