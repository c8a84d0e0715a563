package dev.converge.lab.concepts;

import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.LeaderQuestion.Partition;
import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Three brokers, which are their own controllers, with a link for each direction between two of
 * them. Clients reach every broker without a link. Closing it ends them.
 */
final class LinkedBrokers implements AutoCloseable {
  private static final Scale SCALE = Scale.SMALLEST.with(Role.KAFKA, 3);
  private static final List<Part> BROKERS = SCALE.nodes(Role.KAFKA);
  private static final long STARTS_WITHIN_SECONDS = 180;

  private final Vertx vertx;
  private final Platform platform;
  private final List<Link> links;
  private final LeaderQuestion question = new LeaderQuestion();
  private final Thread closer = new Thread(this::end, "linked-brokers");

  private LinkedBrokers(Vertx vertx, Platform platform, List<Link> links) {
    this.vertx = vertx;
    this.platform = platform;
    this.links = links;
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /**
   * The way of one broker to another.
   *
   * @param copies whether it leads to the broker, or else to its controller
   */
  private record Link(int from, int to, boolean copies, LinkProxy proxy) {
    boolean touches(int broker) {
      return from == broker || to == broker;
    }
  }

  /** Starts them, on free ports and without data. */
  static LinkedBrokers start(Layout layout) throws IOException, InterruptedException {
    Ports ports = Ports.free();
    Map<Part, Integer> between = new HashMap<>();
    Map<Part, Map<String, String>> environments = new HashMap<>();
    for (Part broker : BROKERS) {
      int port = freePort();
      between.put(broker, port);
      environments.put(broker, Platform.linkedBroker(port, hosts(layout, broker)));
    }
    Platform platform =
        new Platform(layout, ports, Map.of(), Map.of(), Map.of(), environments).scaledTo(SCALE);
    platform.forget();
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    List<Link> links = new ArrayList<>();
    LinkedBrokers brokers = new LinkedBrokers(vertx, platform, links);
    try {
      for (Part from : BROKERS) {
        for (Part to : BROKERS) {
          if (from != to) {
            int copies = Objects.requireNonNull(between.get(to));
            links.add(link(vertx, from, to, true, copies));
            links.add(link(vertx, from, to, false, ports.controller(to)));
          }
        }
      }
      brokers.startAll();
      return brokers;
    } catch (RuntimeException failed) {
      brokers.close();
      throw failed;
    }
  }

  private static Link link(Vertx vertx, Part from, Part to, boolean copies, int port) {
    return new Link(
        from.ordinal(), to.ordinal(), copies, LinkProxy.at(vertx, address(from, to), port));
  }

  /** The address at which a broker finds another one. */
  private static String address(Part from, Part to) {
    return from == to ? "127.0.0.1" : "127.77." + from.ordinal() + "." + to.ordinal();
  }

  private static Path hosts(Layout layout, Part from) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Part to : BROKERS) {
      lines.add(address(from, to) + " " + to.id());
    }
    lines.add("127.0.0.1 localhost");
    Files.createDirectories(layout.state());
    return Files.write(layout.state().resolve(from.id() + ".hosts"), lines);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void startAll() throws InterruptedException {
    ExecutorService starters = Executors.newFixedThreadPool(BROKERS.size());
    try {
      List<Future<?>> started = new ArrayList<>();
      for (Part broker : BROKERS) {
        started.add(starters.submit(() -> platform.start(broker)));
      }
      for (Future<?> one : started) {
        one.get(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException failed) {
      throw new IllegalStateException("a broker does not start", failed);
    } finally {
      starters.shutdownNow();
    }
  }

  List<Integer> ids() {
    return BROKERS.stream().map(Part::ordinal).toList();
  }

  /** The addresses of all, as Kafka's clients take them. */
  String bootstrapServers() {
    return platform.bootstrapServers();
  }

  /** A partition as one broker knows it; empty if it does not answer, or does not know it. */
  Optional<Partition> partition(int broker, String topic) {
    try {
      return question.partition(platform.ports().of(part(broker)), topic);
    } catch (IOException silent) {
      return Optional.empty();
    }
  }

  /** The active controller, if this node is it, or else -1; empty if it does not answer. */
  Optional<Integer> activeController(int broker) {
    try {
      return Optional.of(
          question.isActive(platform.ports().controller(part(broker))) ? broker : -1);
    } catch (IOException silent) {
      return Optional.empty();
    }
  }

  private static Part part(int broker) {
    return Part.of(Role.KAFKA, broker);
  }

  /** Delays what a broker and the others copy from each other, each way. */
  void lag(int broker, long millis) throws TimeoutException {
    links.stream()
        .filter(link -> link.copies() && link.touches(broker))
        .forEach(link -> link.proxy().delay(millis, millis));
    awaitLinks();
  }

  /** Begins a fault. */
  void begin(Fault fault, int broker) throws TimeoutException {
    switch (fault) {
      case KILL -> platform.kill(part(broker));
      case PAUSE -> platform.pause(part(broker));
      case CUT -> set(broker, Mode.HALF_OPEN);
    }
  }

  /** Ends it; a killed broker is ready afterwards. */
  void end(Fault fault, int broker) throws TimeoutException {
    set(broker, Mode.PASS);
    switch (fault) {
      case KILL -> platform.start(part(broker));
      case PAUSE -> platform.resume(part(broker));
      case CUT -> {
        // Its links pass everything on again.
      }
    }
  }

  private void set(int broker, Mode mode) throws TimeoutException {
    links.stream().filter(link -> link.touches(broker)).forEach(link -> link.proxy().set(mode));
    awaitLinks();
  }

  // Links change on their event loop: without this a message could pass before they have.
  private void awaitLinks() throws TimeoutException {
    Promise<Void> changed = Promise.promise();
    vertx.runOnContext(after -> changed.complete());
    changed.future().await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    BROKERS.forEach(platform::kill);
    vertx.close();
  }
}
