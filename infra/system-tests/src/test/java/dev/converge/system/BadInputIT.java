package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.system.BadInputs.Kind;
import dev.converge.system.RawHttp.RawAnswer;
import dev.converge.testkit.Seed;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: no input fails a service, no invalid input is accepted, no refused request changes a row,
 * and the OpenAPI document describes every answer. Method: 38 kinds of bad input, 40 of each and
 * 300 in the campaign ({@code -Dconverge.cases}), generated from a seed ({@code -Dconverge.seed}),
 * sent as raw bytes to the real services with their real databases; all rows of all tables are
 * compared before and after. Then several attackers run beside a client that sends valid requests.
 */
// The longest of those beside the shared platform, so it starts first.
@Order(0)
@OwnPlatform
class BadInputIT {
  private static final int CASES = Integer.getInteger("converge.cases", 300);
  private static final long SEED = Seed.one();

  /** Twice the time after which an idle connection is closed. */
  private static final Duration CUT_OFF_WITHIN = Duration.ofSeconds(60);

  private static final int MOST_ATTEMPTS = 20;
  private static final int ATTACKERS = 4;
  private static final int GOOD_ORDERS = 100;
  private static final double MOST_GROWTH = 1.2;
  private static final List<Part> SERVICES = Topology.serviceParts();
  private static final TestPlatform PLATFORM = WithoutKafka.shared();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final DatabaseContents database = new DatabaseContents(new Convergence(PLATFORM), api);

  @BeforeAll
  static void sayTheSeed() {
    System.out.println("bad input: seed " + SEED + " (again: -Dconverge.seed=" + SEED + ")");
  }

  static Stream<Kind> kinds() {
    return new BadInputs(0).kinds().stream();
  }

  @Tag("scaled")
  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void badInput(Kind named) {
    // A seed for each kind, so that a kind generates the same input when it runs alone.
    Kind kind =
        new BadInputs(SEED + named.number())
            .kinds().stream().filter(k -> k.number() == named.number()).findFirst().orElseThrow();
    Map<String, String> before = database.contents();
    Map<String, Long> rows = database.rows();
    int placed = 0;
    for (int i = 0; i < CASES; i++) {
      BadInput input = kind.next().get();
      List<RawAnswer> answers = exchange(input);
      try {
        BadInputAnswers.check(input, answers);
      } catch (AssertionError e) {
        throw new AssertionError(
            "%s, case %d, seed %d (again: -Dconverge.seed=%d)%n%s%n%s%n-> %s"
                .formatted(kind, i, SEED, SEED, e.getMessage(), input, answers),
            e);
      }
      placed += (int) answers.stream().filter(BadInputIT::hasPlaced).count();
    }
    if (placed == 0) {
      assertThat(database.contents()).isEqualTo(before);
    }
    int added = placed;
    rows.replaceAll((table, count) -> count + added);
    assertThat(database.rows()).as("rows after %d orders", placed).isEqualTo(rows);
    servesGoodClients();
  }

  private static List<RawAnswer> exchange(BadInput input) {
    return RawHttp.exchange(
        port(input.service()), input.bytes(), input.answers(), input.halfClose());
  }

  private static int port(Part service) {
    return URI.create(PLATFORM.platform().ports().url(service)).getPort();
  }

  private static boolean hasPlaced(RawAnswer answer) {
    return answer.header("location").startsWith("/orders/")
        && answer.header("idempotency-replayed").isEmpty();
  }

  private void servesGoodClients() {
    for (Part service : SERVICES) {
      assertThat(api.send("GET", service, "/readyz", null).status())
          .as(service.id())
          .isEqualTo(200);
    }
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    assertThat(api.order(orderId).path("status").asText()).isEqualTo("PENDING");
  }

  /** Kind 28. */
  @Tag("campaign")
  @Test
  void slowClientsAreDisconnectedAndDelayNoOthers() throws IOException {
    List<Socket> slow = new ArrayList<>();
    String head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    Map<String, String> before = database.contents();
    try {
      for (int i = 0; i < CASES; i++) {
        Socket socket = RawHttp.open(port(Part.ORDER_SERVICE));
        slow.add(socket);
        String body =
            head + "Idempotency-Key: slow-" + i + "\r\nContent-Length: 300\r\n\r\n{\"cust";
        String sent = i % 2 == 0 ? head.substring(0, 1 + i % head.length()) : body;
        socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
      }
      for (Socket socket : slow) {
        List<RawAnswer> answers = RawHttp.read(socket, 2, true);
        assertThat(answers).extracting(RawAnswer::status).containsExactly(408);
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    assertThat(database.contents()).isEqualTo(before);
    servesGoodClients();
  }

  /** Kind 28, too: a tenth of them ask for far more than buffers on the way hold. */
  @Tag("campaign")
  @Test
  void clientsThatReadNoAnswerAreDisconnectedAndDelayNoOthers() throws IOException {
    IntStream.range(0, 100).forEach(i -> api.place("espresso-beans", 1, "tok_ok"));
    String page = "GET /orders?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    long connected = connections();
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < CASES; i++) {
        Socket socket = new Socket();
        silent.add(socket);
        socket.setReceiveBufferSize(2_048);
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port(Part.ORDER_SERVICE)));
      }
      for (int i = 0; i < CASES; i++) {
        String asked = page.repeat(i % 10 == 0 ? 1_000 : 1);
        silent.get(i).getOutputStream().write(asked.getBytes(StandardCharsets.UTF_8));
      }
      assertThat(connections()).isGreaterThan(connected + CASES / 2);
      servesGoodClients();
      Awaitility.await("disconnection of clients that do not read")
          .atMost(CUT_OFF_WITHIN)
          .until(() -> connections() <= connected + 2);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
    servesGoodClients();
  }

  private long connections() {
    return api.send("GET", Part.ORDER_SERVICE, "/metrics", null)
        .raw()
        .body()
        .lines()
        .filter(line -> line.startsWith("http_server_connections{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static byte[] post(String key, String body) {
    return ("POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Idempotency-Key: "
            + key
            + "\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** As raw bytes at the same moment; {@link IdempotencyIT} sends them in every build. */
  @Tag("campaign")
  @Test
  void thousandSimultaneousRequestsWithOneKeyPlaceOneOrderAndGetEqualAnswers() throws IOException {
    String key = "same-" + UUID.randomUUID();
    long orders = database.count("placed_order");
    byte[] request = post(key, OrderApi.body("espresso-beans", 2, "tok_ok"));

    List<RawAnswer> answers =
        untilServed(IntStream.range(0, 1_000).mapToObj(i -> request).toList());

    assertThat(answers).hasSize(1_000);
    assertThat(answers).extracting(RawAnswer::status).containsOnly(202);
    assertThat(answers.stream().map(RawAnswer::body).distinct()).hasSize(1);
    assertThat(answers.stream().map(a -> a.header("location")).distinct()).hasSize(1);
    assertThat(answers).filteredOn(BadInputIT::hasPlaced).hasSizeLessThanOrEqualTo(1);
    assertThat(database.count("placed_order")).isEqualTo(orders + 1);
  }

  /**
   * Sends requests at the same time, and those again that are answered with 503, as their clients
   * would. The answer to the request that has placed an order may be among these.
   */
  private static List<RawAnswer> untilServed(List<byte[]> requests) throws IOException {
    List<RawAnswer> served = new ArrayList<>();
    List<byte[]> left = requests;
    for (int attempt = 0; attempt < MOST_ATTEMPTS && !left.isEmpty(); attempt++) {
      List<RawAnswer> answers = RawHttp.simultaneously(port(Part.ORDER_SERVICE), left);
      assertThat(answers).hasSameSizeAs(left);
      List<byte[]> refused = new ArrayList<>();
      for (int i = 0; i < answers.size(); i++) {
        if (answers.get(i).status() == 503) {
          refused.add(left.get(i));
        } else {
          served.add(answers.get(i));
        }
      }
      left = refused;
    }
    return served;
  }

  /** Kind 36. */
  @Tag("scaled")
  @Test
  void concurrentRequestsLeaveAnOrderConsistent() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(20);
    try {
      for (int round = 0; round < CASES / 20; round++) {
        String orderId = api.place("espresso-beans", 1, "tok_ok");
        String path = "/orders/" + orderId;
        Callable<Integer> cancel =
            () -> api.send("POST", Part.ORDER_SERVICE, path + "/cancel", null).status();
        Callable<Integer> read = () -> api.send("GET", Part.ORDER_SERVICE, path, null).status();
        List<Callable<Integer>> race = new ArrayList<>();
        IntStream.range(0, 10).forEach(i -> race.addAll(List.of(cancel, read)));
        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> status : clients.invokeAll(race)) {
          statuses.add(status.get());
        }
        assertThat(statuses).containsOnly(200, 202);
        assertThat(api.order(orderId).path("saga").path("timeline"))
            .extracting(transition -> transition.path("signal").asText())
            .containsExactly("OrderPlaced", "CancelRequested");
      }
    } finally {
      clients.shutdownNow();
    }
    for (int round = 0; round < 3; round++) {
      String key = "mixed-" + UUID.randomUUID();
      List<byte[]> requests =
          IntStream.range(0, 100)
              .mapToObj(i -> post(key, OrderApi.body("espresso-beans", 1 + i % 3, "tok_ok")))
              .toList();
      long orders = database.count("placed_order");
      List<RawAnswer> answers = untilServed(requests);
      assertThat(answers).hasSameSizeAs(requests);
      // The first request places an order; equal requests get the same answer.
      assertThat(answers).extracting(RawAnswer::status).containsOnly(202, 422);
      assertThat(answers).filteredOn(BadInputIT::hasPlaced).hasSizeLessThanOrEqualTo(1);
      assertThat(database.count("placed_order")).isEqualTo(orders + 1);
      assertThat(answers.stream().filter(a -> a.status() == 202).map(RawAnswer::body).distinct())
          .hasSize(1);
    }
    servesGoodClients();
  }

  /**
   * The effect of an attack on other clients. Their waiting time is printed, not asserted: it
   * depends on the machine.
   */
  @Tag("campaign")
  @Test
  void attackGrowsNoServiceAndValidRequestsAreAnswered() throws Exception {
    // The first attack warms up: code is compiled, heaps and buffers grow.
    attack(SEED + 1_000);
    List<Long> alone = goodClient(new AtomicInteger(GOOD_ORDERS));
    Map<Part, Long> before = residentKib();
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    ExecutorService client = Executors.newSingleThreadExecutor();
    try {
      Future<List<Long>> good = client.submit(() -> goodClient(left));
      attack(SEED + 2_000);
      left.set(0);
      List<Long> beside = good.get();
      Map<Part, Long> after = residentKib();

      System.out.println("good client alone:            " + shown(alone));
      System.out.println("good client beside an attack: " + shown(beside));
      System.out.println("memory before " + before + " KiB, after " + after + " KiB");
      for (Part service : SERVICES) {
        assertThat((double) Objects.requireNonNull(after.get(service)))
            .as("KiB of %s, before: %s", service.id(), before)
            .isBetween(1.0, MOST_GROWTH * Objects.requireNonNull(before.get(service)));
      }
    } finally {
      client.shutdownNow();
    }
    servesGoodClients();
  }

  private static void attack(long seed) throws Exception {
    ExecutorService attackers = Executors.newFixedThreadPool(ATTACKERS);
    try {
      List<Callable<Integer>> attacks = new ArrayList<>();
      for (int i = 0; i < ATTACKERS; i++) {
        List<Kind> kinds = new BadInputs(seed + i).kinds();
        attacks.add(() -> attack(kinds));
      }
      for (Future<Integer> attack : attackers.invokeAll(attacks)) {
        assertThat(attack.get()).isEqualTo(CASES);
      }
    } finally {
      attackers.shutdownNow();
    }
  }

  private static int attack(List<Kind> kinds) {
    for (int i = 0; i < CASES; i++) {
      BadInput input = kinds.get(i % kinds.size()).next().get();
      BadInputAnswers.check(input, exchange(input));
    }
    return CASES;
  }

  /** Places and reads at most this number of orders; returns the nanoseconds of each. */
  private static List<Long> goodClient(AtomicInteger left) {
    OrderApi good = new OrderApi(PLATFORM);
    List<Long> nanos = new ArrayList<>();
    while (left.getAndDecrement() > 0) {
      long start = System.nanoTime();
      String orderId = good.place("espresso-beans", 1, "tok_ok");
      assertThat(good.order(orderId).path("orderId").asText()).isEqualTo(orderId);
      nanos.add(System.nanoTime() - start);
    }
    return nanos;
  }

  private static String shown(List<Long> nanos) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return "%d orders placed and read, p50 %.1f ms, p99 %.1f ms"
        .formatted(
            sorted.size(),
            sorted.get(sorted.size() / 2) / 1e6,
            sorted.get(sorted.size() * 99 / 100) / 1e6);
  }

  private static Map<Part, Long> residentKib() {
    return SERVICES.stream()
        .collect(Collectors.toMap(Function.identity(), PLATFORM.platform()::residentKib));
  }
}
