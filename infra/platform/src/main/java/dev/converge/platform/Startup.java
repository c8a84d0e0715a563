package dev.converge.platform;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The output of {@code up}: progress during the start, then the addresses. */
final class Startup {
  // Services ask for decisions after two seconds.
  private static final Duration DECIDED_WITHIN = Duration.ofSeconds(10);
  private static final Duration ASK_EVERY = Duration.ofMillis(500);

  private final Platform platform;
  private final StateLock lock;
  private volatile boolean stopping;

  /**
   * @param lock of the state; it is released once the platform is ready
   */
  Startup(Platform platform, StateLock lock) {
    this.platform = platform;
    this.lock = lock;
  }

  void run(boolean detached) {
    platform.requireUsablePorts();
    // Ctrl-C during the start, too, leaves no process behind.
    Thread stop = new Thread(this::stop, "down");
    Runtime.getRuntime().addShutdownHook(stop);
    boolean stopOnFailure = platform.runningParts().isEmpty();
    System.out.println("Starting the platform; its state is kept in " + platform.layout().state());
    try {
      platform.up(this::ready);
    } catch (PlatformException e) {
      if (stopping) {
        awaitEnd();
      }
      if (!stopOnFailure) {
        Runtime.getRuntime().removeShutdownHook(stop);
      }
      throw e;
    }
    platform.archiveClasses();
    lock.release();
    awaitDecisions();
    printTable();
    if (detached) {
      Runtime.getRuntime().removeShutdownHook(stop);
      System.out.println("Stop it with: ./converge down");
    } else {
      System.out.println("Ctrl-C stops it.");
      watch();
    }
  }

  // Branches from before the start end once their services ask for the decisions.
  private void awaitDecisions() {
    if (!platform.hasProtocols()) {
      return;
    }
    try {
      OpenTransactions remaining = remainingInDoubt();
      if (!stopping && !remaining.inDoubt().isEmpty()) {
        System.out.println("Branches of transactions that are still in doubt:");
        remaining.inDoubtAdvice().forEach(line -> System.out.println("  " + line));
      }
    } catch (PlatformException e) {
      System.out.println("Branches of transactions in doubt are not known: " + e.getMessage());
    }
  }

  private OpenTransactions remainingInDoubt() {
    long begin = System.nanoTime();
    OpenTransactions open = OpenTransactions.of(platform);
    while (!stopping && !open.inDoubt().isEmpty() && sinceNanos(begin) < DECIDED_WITHIN.toNanos()) {
      Waits.until(ASK_EVERY, () -> stopping);
      open = OpenTransactions.of(platform).olderThan(Duration.ofNanos(sinceNanos(begin)));
    }
    return open;
  }

  private static long sinceNanos(long begin) {
    return System.nanoTime() - begin;
  }

  private void stop() {
    stopping = true;
    if (!lock.isHeld() && StateLock.tryToTake(platform.layout(), "down") == null) {
      System.out.println(
          "Another command is working on the platform, so this one does not stop it.");
      return;
    }
    System.out.println();
    System.out.println("Stopping the platform …");
    platform.downForGood();
    System.out.println("Stopped.");
  }

  // Steps fail because the shutdown stops the parts that they need, which is not worth a message.
  // The process ends with the shutdown, independently of this thread.
  private static void awaitEnd() {
    while (true) {
      Waits.pause();
    }
  }

  private void ready(Part part, Duration sinceBegin) {
    if (!stopping) {
      System.out.printf(
          Locale.ROOT,
          "  %s ready after %4.1f s%n",
          Part.column(part.id(), platform.parts()),
          sinceBegin.toMillis() / 1000.0);
    }
  }

  private void printTable() {
    Ports ports = platform.ports();
    System.out.println();
    for (Part edge : platform.scale().nodes(Role.EDGE)) {
      String first = edge.id();
      for (Topology.Service service : Topology.SERVICES) {
        line(first, ports.edgeUrl(service) + "  (" + service.id() + ")");
        first = "";
      }
    }
    lines("order API", Role.ORDER_SERVICE, "/orders");
    lines("stock API", Role.INVENTORY_SERVICE, "/stock");
    lines("payment API", Role.PAYMENT_SERVICE, "/payments/{orderId}");
    line("traces", ports.url(Part.ZIPKIN) + "/zipkin");
    line("Kafka", platform.bootstrapServers());
    lines("Kafka Connect", Role.CONNECT, "/connectors");
    for (Topology.Service service : Topology.SERVICES) {
      line(service.database().id(), platform.database(service.domain()).url());
    }
    if (platform.hasConsole()) {
      line("console", platform.consoleLink());
    }
    System.out.println();
    System.out.println("Place an order:");
    System.out.println();
    for (String line : firstOrder()) {
      System.out.println("  " + line);
    }
    System.out.println();
  }

  private List<String> firstOrder() {
    Part first = platform.scale().hasReplicas() ? Part.EDGE : Part.ORDER_SERVICE;
    return List.of(
        "curl -i " + platform.ports().url(first) + "/orders \\",
        "  -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-order' \\",
        "  -H 'Prefer: wait=10' \\",
        "  -d '{\"customerId\":\"ada\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\"espresso-beans\","
            + "\"quantity\":2,\"unitPriceMinor\":1290}]}'");
  }

  private void lines(String what, Role role, String path) {
    for (Part node : platform.scale().nodes(role)) {
      line(node.isFirst() ? what : "", platform.ports().url(node) + path);
    }
  }

  private static void line(String what, String where) {
    System.out.printf("  %-14s %s%n", what, where);
  }

  private void watch() {
    Set<Part> seenDead = new HashSet<>();
    while (!stopping) {
      for (Part part : platform.parts()) {
        boolean running = platform.isRunning(part);
        if (!running && !stopping && seenDead.add(part)) {
          System.out.println(
              part.id() + " has ended. Start it again: ./converge start " + part.id());
        } else if (running && seenDead.remove(part)) {
          System.out.println(part.id() + " runs again.");
        }
      }
      if (seenDead.size() == platform.parts().size()) {
        return;
      }
      Waits.until(Duration.ofSeconds(1), () -> false);
    }
  }
}
