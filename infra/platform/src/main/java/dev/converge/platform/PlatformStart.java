package dev.converge.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Starts all parts concurrently, each as soon as the parts that it needs are ready. */
final class PlatformStart {
  private final Consumer<Part> start;
  private final Databases databases;
  private final MessagingSetup messaging;
  private final BiConsumer<Part, Duration> onReady;
  private final long begin = System.nanoTime();

  /**
   * @param start starts a part and waits until it is ready
   * @param onReady is called for one part at a time, with the time since the start
   */
  PlatformStart(
      Consumer<Part> start,
      Databases databases,
      MessagingSetup messaging,
      BiConsumer<Part, Duration> onReady) {
    this.start = start;
    this.databases = databases;
    this.messaging = messaging;
    this.onReady = onReady;
  }

  /**
   * Returns once every part is ready.
   *
   * @param scale how many nodes each role has
   * @param quorum the nodes of the quorum, which the services use
   * @param console the console; empty without it
   * @param nodePorts the roles of the databases' nodes
   */
  void run(Scale scale, List<Part> quorum, List<Part> console, NodePorts nodePorts) {
    List<Part> brokers = scale.nodes(Role.KAFKA);
    CompletableFuture<Void> kafka = allStarted(brokers);
    CompletableFuture<Void> topics =
        kafka.thenCompose(done -> Threads.run(messaging::createTopics));
    // A worker creates its topics, with a copy on each broker, and gives up if one is late.
    CompletableFuture<Void> connect =
        (brokers.size() == 1 ? Threads.allOf(List.of()) : topics)
            .thenCompose(done -> allStarted(scale.nodes(Role.CONNECT)));
    CompletableFuture<Void> servers = primaries(nodePorts);
    CompletableFuture<Void> usable =
        servers.thenCompose(done -> Threads.run(databases::requireUsable));
    CompletableFuture<Void> elected = allStarted(quorum);
    List<CompletableFuture<Void>> services = new ArrayList<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Topology.Service service : Topology.SERVICES) {
      CompletableFuture<Void> migrated = usable.thenCompose(done -> migrated(service, nodePorts));
      services.add(
          CompletableFuture.allOf(migrated, elected)
              .thenCompose(done -> allStarted(scale.nodes(service.part().role()))));
      all.add(
          CompletableFuture.allOf(topics, connect, migrated)
              .thenCompose(done -> Threads.run(() -> messaging.registerConnector(service))));
    }
    all.addAll(services);
    // It is ready once it has checked each of their nodes.
    all.add(Threads.allOf(services).thenCompose(done -> allStarted(scale.nodes(Role.EDGE))));
    List<Part> standbys =
        Topology.databaseParts().stream()
            .flatMap(database -> nodePorts.standbys(database.role()).stream())
            .toList();
    all.add(servers.thenCompose(done -> supervised(standbys)));
    // No order waits for the trace UI and the console.
    all.add(Threads.allOf(services).thenCompose(done -> started(Part.ZIPKIN)));
    all.add(Threads.allOf(services).thenCompose(done -> allStarted(console)));
    await(Threads.allOf(all));
  }

  /** Starts the servers; all databases are checked before any of them is changed. */
  private CompletableFuture<Void> primaries(NodePorts nodePorts) {
    return Threads.allOf(
        Topology.databaseParts().stream()
            .map(database -> nodePorts.primary(database.role()))
            .map(server -> Threads.run(() -> start.accept(server)))
            .toList());
  }

  /** Starts the standbys, then the supervisor, which is ready when they confirm all commits. */
  private CompletableFuture<Void> supervised(List<Part> standbys) {
    return allStarted(standbys)
        .thenCompose(
            done -> standbys.isEmpty() ? Threads.allOf(List.of()) : started(Part.SUPERVISOR));
  }

  private CompletableFuture<Void> migrated(Topology.Service service, NodePorts nodePorts) {
    return step(
        nodePorts.primary(service.database().role()), () -> databases.migrate(service.domain()));
  }

  private CompletableFuture<Void> allStarted(List<Part> nodes) {
    return Threads.allOf(nodes.stream().map(this::started).toList());
  }

  private CompletableFuture<Void> started(Part part) {
    return step(part, () -> start.accept(part));
  }

  private CompletableFuture<Void> step(Part part, Runnable work) {
    return Threads.run(work).thenAccept(done -> report(part));
  }

  private void report(Part part) {
    synchronized (onReady) {
      onReady.accept(part, Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  private static void await(CompletableFuture<Void> all) {
    try {
      all.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof PlatformException known
          ? known
          : new PlatformException(String.valueOf(e.getCause()), e);
    }
  }
}
