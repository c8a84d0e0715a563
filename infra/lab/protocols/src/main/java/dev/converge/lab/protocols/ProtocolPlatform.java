package dev.converge.lab.protocols;

import dev.converge.lab.ProcessorTime;
import dev.converge.lab.links.LinkProxy;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.PlatformException;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A platform of the lab's own with all protocols on, and a link before each service that another
 * one calls. Two instances of the order service answer clients; participants reach the first one.
 * Closing it ends every process.
 */
final class ProtocolPlatform implements AutoCloseable {
  private static final long PLENTY = 100_000_000;
  private static final int START_ATTEMPTS = 3;
  private static final String SECOND = "order-service-2";

  private static final List<Part> QUORUM = Scale.SMALLEST.nodes(Role.ZOOKEEPER);

  /** A way from one service to another, or to a node of the quorum. */
  private record Link(Part from, Part to) {}

  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(1)
              .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false)));
  private final Map<Link, LinkProxy> links = new LinkedHashMap<>();
  private final LinkProxy kafka;
  private final Platform platform;

  /** Of which only the order service is started. */
  private final Platform second;

  /** Further instances of the order service. */
  private final List<Platform> more = new CopyOnWriteArrayList<>();

  private final Layout layout;
  private final Http http = new Http();
  private final Thread closer = new Thread(this::end, "protocol-platform");

  ProtocolPlatform(Layout layout, Ports ports) {
    this.layout = layout;
    for (Part from : Topology.serviceParts()) {
      for (Part to : Topology.serviceParts()) {
        if (from != to) {
          links.put(new Link(from, to), LinkProxy.to(vertx, ports.of(to)));
        }
      }
      for (Part node : QUORUM) {
        links.put(new Link(from, node), LinkProxy.to(vertx, ports.of(node)));
      }
    }
    kafka = LinkProxy.to(vertx, ports.of(Part.KAFKA));
    platform = platform(layout, ports, Map.of());
    second =
        platform(
            new Layout(layout.root(), layout.state().resolve("second")),
            ports.withFree(Part.ORDER_SERVICE),
            Map.of("INSTANCE_ID", SECOND));
    Runtime.getRuntime().addShutdownHook(closer);
  }

  private Platform platform(Layout layout, Ports ports, Map<String, String> own) {
    Map<String, String> environment = new TreeMap<>(own);
    // Only the orders that the lab traces itself.
    environment.put("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    environment.put("OTEL_TRACES_SAMPLER_ARG", "0");
    return new Platform(
        layout, ports, environment, Map.of(Part.KAFKA, kafka.port()), Map.of(), environments());
  }

  /** The addresses by which each service reaches the others and the quorum. */
  private Map<Part, Map<String, String>> environments() {
    Map<Part, Map<String, String>> environments = new LinkedHashMap<>();
    for (Part from : Topology.serviceParts()) {
      Map<String, String> environment = new TreeMap<>();
      for (Part to : Topology.serviceParts()) {
        if (from != to) {
          environment.put(to.role() + "_URL", "http://" + address(from, to));
        }
      }
      environment.put(
          "ZOOKEEPER",
          QUORUM.stream().map(node -> address(from, node)).collect(Collectors.joining(",")));
      environments.put(from, environment);
    }
    return environments;
  }

  private String address(Part from, Part to) {
    return "127.0.0.1:" + link(from, to).port();
  }

  Platform platform() {
    return platform;
  }

  /** The ports of the order API. */
  List<Integer> orderApi() {
    return List.of(platform.ports().of(Part.ORDER_SERVICE), second.ports().of(Part.ORDER_SERVICE));
  }

  /** The way from one service to another. */
  LinkProxy link(Part from, Part to) {
    return Objects.requireNonNull(links.get(new Link(from, to)));
  }

  /** The ways by which other services reach a service. */
  List<LinkProxy> to(Part service) {
    return linksWhere(link -> link.to == service);
  }

  /** The ways by which a service reaches others. */
  List<LinkProxy> from(Part service) {
    return linksWhere(link -> link.from == service);
  }

  private List<LinkProxy> linksWhere(Predicate<Link> wanted) {
    return links.entrySet().stream()
        .filter(link -> wanted.test(link.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** Cuts a service off from the others, or heals that; call it from any thread. */
  void setAll(Part service, LinkProxy.Mode mode) {
    to(service).forEach(link -> link.set(mode));
    from(service).forEach(link -> link.set(mode));
  }

  /** Cuts a service off from the others immediately; for an action of a link. */
  void cutOffNow(Part service) {
    to(service).forEach(link -> link.setNow(LinkProxy.Mode.HALF_OPEN));
    from(service).forEach(link -> link.setNow(LinkProxy.Mode.HALF_OPEN));
  }

  /** Leads the participants to an instance of the order service. */
  void leadToCoordinator(boolean standby) {
    int port = orderApi().get(standby ? 1 : 0);
    to(Part.ORDER_SERVICE).forEach(link -> link.lead(port));
  }

  /** Delays everything between the services, and between them and Kafka. */
  void delayAll(long oneWayMillis) {
    Stream.concat(links.values().stream(), Stream.of(kafka))
        .forEach(
            link -> {
              if (oneWayMillis == 0) {
                link.set(LinkProxy.Mode.PASS);
              } else {
                link.delay(oneWayMillis, oneWayMillis);
              }
            });
  }

  /** Starts everything on an empty state folder. */
  void startFresh() {
    platform.forget();
    second.forget();
    platform.enableProtocols();
    second.enableProtocols();
    platform.up((part, sinceBegin) -> {});
    second.start(Part.ORDER_SERVICE);
  }

  /**
   * Starts one more instance of the order service. Participants do not reach it.
   *
   * @param settings which differ from those of the other instances
   * @return the port of its API
   */
  int startCoordinator(String name, Map<String, String> settings) {
    Map<String, String> environment = new TreeMap<>(settings);
    environment.put("INSTANCE_ID", name);
    Platform instance =
        platform(
            new Layout(layout.root(), layout.state().resolve(name)),
            platform.ports().withFree(Part.ORDER_SERVICE),
            environment);
    more.add(instance);
    instance.forget();
    instance.enableProtocols();
    instance.start(Part.ORDER_SERVICE);
    return instance.ports().of(Part.ORDER_SERVICE);
  }

  /** Fills the stock and the wallets of a protocol. */
  void fill(CommitProtocol protocol) {
    for (String item : OrderSource.items(protocol)) {
      put(Part.INVENTORY_SERVICE, "/stock/" + item, "{\"available\":" + PLENTY + "}");
    }
    for (String wallet : OrderSource.wallets(protocol)) {
      put(
          Part.PAYMENT_SERVICE,
          "/wallets/" + wallet,
          "{\"currency\":\"EUR\",\"balanceMinor\":" + PLENTY + "}");
    }
  }

  private void put(Part part, String path, String body) {
    String url = platform.ports().url(part) + path;
    try {
      Http.Answer answer = http.send("PUT", url, body);
      if (answer.status() / 100 != 2) {
        throw new LabProtocolsException("PUT " + path + ": " + answer.status());
      }
    } catch (IOException e) {
      throw new LabProtocolsException("PUT " + path, e);
    }
  }

  /** Heals every link, and starts the parts that do not run. */
  void healAll() {
    delayAll(0);
    for (Part part : platform.nodes()) {
      platform.resume(part);
      start(part);
    }
    second.start(Part.ORDER_SERVICE);
    leadToCoordinator(false);
  }

  /** Starts a part, unless it runs. On a busy machine it may need more than one attempt. */
  void start(Part part) {
    for (int attempt = 1; ; attempt++) {
      try {
        platform.start(part);
        return;
      } catch (PlatformException e) {
        if (attempt == START_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Processor time of all processes. */
  double cpuMillis() {
    return Stream.concat(
            platform.nodes().stream().flatMap(part -> platform.process(part).stream()),
            second.process(Part.ORDER_SERVICE).stream())
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .mapToDouble(ProcessorTime::millis)
        .sum();
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    more.forEach(instance -> instance.kill(Part.ORDER_SERVICE));
    second.kill(Part.ORDER_SERVICE);
    platform.killAll();
    vertx.close();
  }
}
