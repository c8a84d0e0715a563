package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.converge.lab.protocols.OrderSource.NewOrder;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A platform of the lab for tests, with stock and wallets, and a client of it. */
final class TestLab implements AutoCloseable {
  static final Duration DECIDED_WITHIN = Duration.ofSeconds(30);

  private static @Nullable TestLab shared;

  private final ProtocolPlatform platform;
  private final OrderClient client;
  private final EffectsReader reader;
  private long seed = System.nanoTime();

  private TestLab(ProtocolPlatform platform) {
    this.platform = platform;
    this.client = new OrderClient(platform.orderApi());
    this.reader = new EffectsReader(platform.platform());
  }

  /** The platform that classes share; it ends with the run. */
  static synchronized TestLab shared() throws IOException {
    TestLab known = shared == null ? start() : shared;
    shared = known;
    return known;
  }

  /** A platform of its own. */
  static TestLab start() throws IOException {
    Path root =
        Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath().normalize();
    Path tests = Files.createDirectories(root.resolve("target/test-platforms"));
    ProtocolPlatform platform =
        new ProtocolPlatform(
            new Layout(root, Files.createTempDirectory(tests, "protocols-")), Ports.free());
    try {
      platform.startFresh();
      Stream.of(CommitProtocol.values()).forEach(platform::fill);
      return new TestLab(platform);
    } catch (RuntimeException e) {
      platform.close();
      throw e;
    }
  }

  ProtocolPlatform platform() {
    return platform;
  }

  OrderClient client() {
    return client;
  }

  EffectsReader reader() {
    return reader;
  }

  /** A seed that was not used before. */
  long nextSeed() {
    return seed++;
  }

  /** Places orders for a twentieth of a second each, and awaits their answers. */
  void place(CommitProtocol protocol, int orders) throws InterruptedException {
    OrderLoad load = OrderLoad.open(client, new OrderSource(protocol, 0.3, nextSeed()), 20);
    assertThat(load.endAfter(orders * 50L)).isNotEmpty();
  }

  /** An order for the item and the wallet of traced orders. */
  NewOrder traced(CommitProtocol protocol) {
    return new OrderSource(protocol, 0, nextSeed()).traced();
  }

  /** Places one order and awaits its answer. */
  OrderClient.Answer placeOnce(OrderClient at, NewOrder order) throws Exception {
    return begin(at, order).get(10, TimeUnit.SECONDS);
  }

  /** Places one order. */
  CompletableFuture<OrderClient.Answer> begin(OrderClient at, NewOrder order) {
    CompletableFuture<OrderClient.Answer> answered = new CompletableFuture<>();
    String traceparent = String.format(Locale.ROOT, "00-%032x-%016x-00", nextSeed(), 1);
    at.vertx()
        .runOnContext(
            now ->
                at.placeTraced(order, traceparent, Duration.ofSeconds(8))
                    .onSuccess(answered::complete)
                    .onFailure(answered::completeExceptionally));
    return answered;
  }

  void awaitDecided(CommitProtocol protocol) {
    await()
        .atMost(DECIDED_WITHIN)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              for (String domain : Topology.domains()) {
                assertThat(reader.inDoubt(protocol, domain)).as(domain).isZero();
              }
            });
  }

  /**
   * All orders of a protocol are whole or have no effect, and stock and money agree with them, once
   * the work has ended of orders whose clients were answered before.
   */
  void assertExact(CommitProtocol protocol) {
    awaitDecided(protocol);
    await().atMost(DECIDED_WITHIN).untilAsserted(() -> assertExactNow(protocol));
  }

  /**
   * Nothing is in doubt, and all orders are exact if the protocol promises that: branches of
   * three-phase commit decide alone where a process is slow, as after a start.
   */
  void assertEnded(CommitProtocol protocol) {
    awaitDecided(protocol);
    if (protocol.isExact()) {
      assertExact(protocol);
    }
  }

  private void assertExactNow(CommitProtocol protocol) throws SQLException {
    Map<String, OrderEffects> orders = reader.orders(protocol);
    assertThat(FinalState.divergent(List.copyOf(orders.values()))).isEmpty();
    assertThat(reader.sums(protocol, orders.size()).isExact())
        .as("%s", reader.sums(protocol, orders.size()))
        .isTrue();
  }

  @Override
  public void close() {
    client.close();
    platform.close();
  }
}
