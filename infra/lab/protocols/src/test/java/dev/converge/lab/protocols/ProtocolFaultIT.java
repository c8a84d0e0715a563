package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.lab.protocols.FaultResult.Injected;
import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.lab.protocols.OrderSource.NewOrder;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.Seed;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: each protocol ends an order as it promises, wherever it is interrupted. Method: a real
 * platform; a link drops a chosen message and interrupts there, so that each schedule is the same
 * every time.
 */
@Tag("campaign")
class ProtocolFaultIT {
  private static final int MAX_TO_INTERRUPT = 10;

  private static TestLab tests;
  private static ProtocolPlatform lab;
  private static OrderClient client;
  private static EffectsReader reader;

  @BeforeAll
  static void start() throws IOException {
    tests = TestLab.shared();
    lab = tests.platform();
    client = tests.client();
    reader = tests.reader();
  }

  private static TracedOrder.Placed cut(CommitProtocol protocol, Part cutOff) throws Exception {
    tests.place(protocol, 2);
    return new TracedOrder(lab, client, protocol, cutOff, tests.nextSeed()).placeUnderCut();
  }

  @Test
  void threePhaseCommitDivergesWhenPaymentIsCutOffBeforeItsPrecommit() throws Exception {
    TracedOrder.Placed order = cut(CommitProtocol.THREE_PHASE, Part.PAYMENT_SERVICE);
    assertThat(order.outcome()).isEqualTo("shipped, not paid: it diverges");
    assertThat(order.answer().status()).isEqualTo(201);
    assertThat(order.answer().state()).isEqualTo("COMPLETED");
  }

  @Test
  void threePhaseCommitDivergesTheOtherWayWhenInventoryIsCutOff() throws Exception {
    TracedOrder.Placed order = cut(CommitProtocol.THREE_PHASE, Part.INVENTORY_SERVICE);
    assertThat(order.outcome()).isEqualTo("not shipped, paid: it diverges");
  }

  /**
   * The mirror of the textbooks whose coordinator aborts on a missing acknowledgement. Inventory is
   * cut off after it acknowledged its precommit; payment's precommit does not arrive in time.
   */
  @Test
  void threePhaseCommitThatAbortsUnacknowledgedDivergesWhenInventoryIsCutOffAfterItsAnswer()
      throws Exception {
    CommitProtocol protocol = CommitProtocol.THREE_PHASE;
    int port = lab.startCoordinator("order-service-3", Map.of("PROTOCOL_3PC_MISSING_ACK", "abort"));
    try (OrderClient aborting = new OrderClient(List.of(port))) {
      assertThat(
              OrderLoad.open(aborting, new OrderSource(protocol, 0.3, tests.nextSeed()), 20)
                  .endAfter(3_000))
          .isNotEmpty();
      tests.awaitDecided(protocol);
      Sums before = tracedSums(protocol);
      LinkProxy toInventory = lab.link(Part.ORDER_SERVICE, Part.INVENTORY_SERVICE);
      LinkProxy toPayment = lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
      CountDownLatch both = new CountDownLatch(2);
      toPayment.onceSent(
          "/precommit ",
          () -> {
            toPayment.setNow(Mode.HALF_OPEN);
            both.countDown();
          });
      toInventory.onceAnswered(
          "\"PRECOMMITTED\"",
          () -> {
            // Not now, but after this answer has passed.
            lab.setAll(Part.INVENTORY_SERVICE, Mode.HALF_OPEN);
            both.countDown();
          });

      OrderClient.Answer answer = placeTraced(aborting, protocol);
      // Not before: a request whose connection is reset is sent again.
      toPayment.set(Mode.PASS);

      assertThat(both.await(1, TimeUnit.SECONDS)).as("both messages were sent").isTrue();
      assertThat(answer.status()).isEqualTo(503);
      await("inventory decides alone")
          .atMost(TestLab.DECIDED_WITHIN)
          .ignoreExceptions()
          .until(() -> tracedSums(protocol).shipped() > before.shipped());
      assertThat(tracedSums(protocol).balance()).isEqualTo(before.balance());
    } finally {
      lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE).set(Mode.PASS);
      lab.setAll(Part.INVENTORY_SERVICE, Mode.PASS);
    }
    tests.awaitDecided(protocol);
  }

  /** The calls first: payment's answer is lost, so no row follows. */
  @Test
  void dualWriteThatCallsFirstLeavesAPhantom() throws Exception {
    CommitProtocol protocol = CommitProtocol.DUAL_WRITE_CALL_FIRST;
    tests.place(protocol, 20);
    Set<String> orders = reader.orders(protocol).keySet();
    Sums before = tracedSums(protocol);
    LinkProxy toPayment = lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
    toPayment.onceAnswered("\"COMMITTED\"", () -> toPayment.setNow(Mode.HALF_OPEN));

    OrderClient.Answer answer;
    try {
      answer = placeTraced(client, protocol);
    } finally {
      toPayment.forgetText();
      toPayment.set(Mode.PASS);
    }

    assertThat(answer.status()).isEqualTo(503);
    assertThat(tracedSums(protocol).shipped()).isEqualTo(before.shipped() + 1);
    assertThat(tracedSums(protocol).balance())
        .isEqualTo(before.balance() - OrderSource.PRICE_MINOR);
    Map<String, OrderEffects> after = reader.orders(protocol);
    after.keySet().removeAll(orders);
    assertThat(after.values())
        .singleElement()
        .satisfies(
            phantom -> {
              assertThat(phantom.orderAt()).isNull();
              assertThat(phantom.stockAt()).isNotNull();
              assertThat(phantom.moneyAt()).isNotNull();
            });
  }

  private static OrderClient.Answer placeTraced(OrderClient at, CommitProtocol protocol)
      throws Exception {
    return tests.placeOnce(at, tests.traced(protocol));
  }

  private static Sums tracedSums(CommitProtocol protocol) throws SQLException {
    return reader.sumsOf(OrderSource.tracedItem(protocol), OrderSource.tracedWallet(protocol));
  }

  static Stream<Arguments> exactProtocolsAndParticipants() {
    return Stream.of(CommitProtocol.TCC, CommitProtocol.TWO_PHASE, CommitProtocol.QUORUM)
        .flatMap(
            protocol ->
                Stream.of(Part.PAYMENT_SERVICE, Part.INVENTORY_SERVICE)
                    .map(part -> Arguments.of(protocol, part)));
  }

  @Test
  void sagaEndsTheSameOrderInEveryService() throws Exception {
    otherProtocolsEndTheSameOrderInEveryService(CommitProtocol.SAGA, Part.PAYMENT_SERVICE);
  }

  @ParameterizedTest
  @MethodSource("exactProtocolsAndParticipants")
  void otherProtocolsEndTheSameOrderInEveryService(CommitProtocol protocol, Part cutOff)
      throws Exception {
    assertThat(cut(protocol, cutOff).outcome()).isEqualTo("shipped, paid");
    tests.assertExact(protocol);
  }

  /** A message between the coordinator and a participant, by a text of it. */
  private enum Message {
    VOTE_REQUEST("PUT /transactions/", false),
    VOTE("\"PREPARED\"", true),
    PRECOMMIT("/precommit ", false),
    PRECOMMIT_ANSWER("\"PRECOMMITTED\"", true),
    COMMIT("/commit ", false),
    COMMIT_ANSWER("\"COMMITTED\"", true),
    ABORT("/abort ", false),
    ABORT_ANSWER("\"ABORTED\"", true);

    private final String text;
    private final boolean isAnswer;

    Message(String text, boolean isAnswer) {
      this.text = text;
      this.isAnswer = isAnswer;
    }

    void once(LinkProxy link, Runnable action) {
      if (isAnswer) {
        link.onceAnswered(text, action);
      } else {
        link.onceSent(text, action);
      }
    }

    boolean endsRefusedOrders() {
      return this == ABORT || this == ABORT_ANSWER;
    }
  }

  private static final Set<Message> OF_PRECOMMIT =
      EnumSet.of(Message.PRECOMMIT, Message.PRECOMMIT_ANSWER);

  private static final List<Part> PARTICIPANTS =
      List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE);

  /** Each message of each protocol that promises exact effects, at which a part can be killed. */
  static Stream<Arguments> messages() {
    return Stream.of(CommitProtocol.TWO_PHASE, CommitProtocol.QUORUM, CommitProtocol.TCC)
        .flatMap(
            protocol ->
                EnumSet.complementOf(EnumSet.copyOf(OF_PRECOMMIT)).stream()
                    .flatMap(
                        message ->
                            PARTICIPANTS.stream().map(to -> Arguments.of(protocol, to, message))));
  }

  @Tag("protocols")
  @ParameterizedTest
  @MethodSource("messages")
  void coordinatorThatIsKilledAtAMessageLeavesNothingBehind(
      CommitProtocol protocol, Part to, Message message) throws Exception {
    interrupt(protocol, to, message, Part.ORDER_SERVICE);
  }

  @Tag("protocols")
  @ParameterizedTest
  @MethodSource("messages")
  void coordinatorsDatabaseThatIsKilledAtAMessageLeavesNothingBehind(
      CommitProtocol protocol, Part to, Message message) throws Exception {
    interrupt(protocol, to, message, Part.ORDER_DB);
  }

  @Tag("protocols")
  @ParameterizedTest
  @MethodSource("messages")
  void participantThatIsKilledAtAMessageLeavesNothingBehind(
      CommitProtocol protocol, Part to, Message message) throws Exception {
    interrupt(protocol, to, message, to);
  }

  @Tag("protocols")
  @ParameterizedTest
  @MethodSource("messages")
  void participantsDatabaseThatIsKilledAtAMessageLeavesNothingBehind(
      CommitProtocol protocol, Part to, Message message) throws Exception {
    interrupt(protocol, to, message, Topology.of(to).database());
  }

  // The message is lost, and the part is killed while more orders are placed.
  private static void interrupt(CommitProtocol protocol, Part to, Message message, Part killed)
      throws Exception {
    LinkProxy at = lab.link(Part.ORDER_SERVICE, to);
    CompletableFuture<Part> killing = loseAndKill(at, message, killed, () -> {});
    try {
      // On a busy machine all votes of a round may be overdue, and then no commit is sent.
      for (int round = 0; round < 3 && !killing.isDone(); round++) {
        if (message.endsRefusedOrders()) {
          placeRefused(protocol, to, 20);
        } else {
          tests.place(protocol, 20);
        }
      }
      killing.get(10, TimeUnit.SECONDS);
    } finally {
      at.forgetText();
      at.set(Mode.PASS);
      lab.start(killed);
    }
    tests.place(protocol, 5);
    tests.assertExact(protocol);
  }

  /** Loses a message, and all later ones of its link, and kills a part at that moment. */
  private static CompletableFuture<Part> loseAndKill(
      LinkProxy at, Message message, Part killed, Runnable lost) {
    CompletableFuture<Part> killing = new CompletableFuture<>();
    message.once(
        at,
        () -> {
          at.setNow(Mode.HALF_OPEN);
          lost.run();
          var unused =
              killing.completeAsync(
                  () -> {
                    lab.platform().kill(killed);
                    return killed;
                  });
        });
    return killing;
  }

  /** A branch of an order whose message is lost. */
  private enum Branch {
    OF_ORDER,
    /** Of the participant whose message is lost. */
    ADDRESSED,
    /** Of the other participant. */
    OTHER
  }

  /**
   * The ends of an order's branches that the rules of three-phase commit allow. A branch that is in
   * neither set may end either way.
   *
   * @param agree whether all branches end in the same way
   */
  private record Allowed(Set<Branch> committed, Set<Branch> aborted, boolean agree) {
    private static final Set<Branch> ALL = EnumSet.allOf(Branch.class);

    static Allowed allCommitted() {
      return new Allowed(ALL, Set.of(), true);
    }

    static Allowed allAborted() {
      return new Allowed(Set.of(), ALL, true);
    }

    static Allowed diverging(Set<Branch> committed, Set<Branch> aborted) {
      return new Allowed(committed, aborted, false);
    }

    static Allowed of(CommitProtocol protocol, Message lost, Killed killed) {
      return switch (lost) {
        // Not all votes are known: no branch is precommitted, and each aborts by its timeout.
        case VOTE_REQUEST, VOTE, ABORT, ABORT_ANSWER -> allAborted();
        case PRECOMMIT ->
            protocol == CommitProtocol.THREE_PHASE
                ? afterALostPrecommit(killed)
                : afterALostPrecommitWithTermination(killed);
        case PRECOMMIT_ANSWER ->
            protocol == CommitProtocol.THREE_PHASE
                ? afterALostAcknowledgement(killed)
                : allCommitted();
        // All are precommitted: each commits by its timeout.
        case COMMIT, COMMIT_ANSWER -> allCommitted();
      };
    }

    private static Allowed afterALostPrecommit(Killed killed) {
      return switch (killed) {
        // The addressed branch is prepared and hears nothing: it aborts. The others may have
        // received their precommits.
        case COORDINATOR -> diverging(Set.of(), Set.of(Branch.ADDRESSED));
        // The coordinator commits. The addressed branch may reach its timeout before it hears so.
        case PARTICIPANT, PARTICIPANTS_DATABASE ->
            diverging(Set.of(Branch.OF_ORDER, Branch.OTHER), Set.of());
        // As above. The branch of the order may not be precommitted either.
        case COORDINATORS_DATABASE -> diverging(Set.of(Branch.OTHER), Set.of());
      };
    }

    // A branch that is prepared asks its peers, and commits if one of them is further.
    private static Allowed afterALostPrecommitWithTermination(Killed killed) {
      return killed == Killed.COORDINATOR ? new Allowed(Set.of(), Set.of(), true) : allCommitted();
    }

    private static Allowed afterALostAcknowledgement(Killed killed) {
      return switch (killed) {
        // The addressed branch is precommitted. The others need not be.
        case COORDINATOR -> diverging(Set.of(Branch.ADDRESSED), Set.of());
        case PARTICIPANT, PARTICIPANTS_DATABASE -> allCommitted();
        // The branch of the order may still be prepared, and reach its timeout.
        case COORDINATORS_DATABASE -> diverging(Set.of(Branch.ADDRESSED, Branch.OTHER), Set.of());
      };
    }
  }

  /** A part that is killed at a message. */
  private enum Killed {
    COORDINATOR,
    COORDINATORS_DATABASE,
    PARTICIPANT,
    PARTICIPANTS_DATABASE;

    Part part(Part addressed) {
      return switch (this) {
        case COORDINATOR -> Part.ORDER_SERVICE;
        case COORDINATORS_DATABASE -> Part.ORDER_DB;
        case PARTICIPANT -> addressed;
        case PARTICIPANTS_DATABASE -> Topology.of(addressed).database();
      };
    }
  }

  /**
   * Each message of three-phase commit and each part; with termination, the messages after which a
   * branch that asks its peers may end otherwise than one that does not.
   */
  static Stream<Arguments> threePhaseKills() {
    return Stream.concat(
        kills(CommitProtocol.THREE_PHASE, EnumSet.allOf(Message.class)),
        kills(
            CommitProtocol.THREE_PHASE_TERMINATION,
            EnumSet.of(Message.VOTE, Message.PRECOMMIT, Message.PRECOMMIT_ANSWER)));
  }

  private static Stream<Arguments> kills(CommitProtocol protocol, Set<Message> messages) {
    // A message is not followed by the same one, which the coordinator may still be resending.
    return Stream.of(Killed.values())
        .flatMap(
            killed ->
                messages.stream()
                    .flatMap(
                        message ->
                            PARTICIPANTS.stream()
                                .map(to -> Arguments.of(protocol, to, message, killed))));
  }

  /**
   * One order is in flight, so that its branches are at the message, and no others are elsewhere.
   */
  @Tag("protocols")
  @ParameterizedTest
  @MethodSource("threePhaseKills")
  void threePhaseCommitDivergesAfterAKillOnlyWhereItsRulesAllowIt(
      CommitProtocol protocol, Part to, Message message, Killed killed) throws Exception {
    Set<String> before = reader.orders(protocol).keySet();

    interruptOne(protocol, to, message, killed.part(to));

    tests.awaitDecided(protocol);
    Map<String, OrderEffects> orders = reader.orders(protocol);
    assertEachEffectIsCountedOnce(protocol, orders);
    orders.keySet().removeAll(before);
    assertThat(orders).as("interrupted orders").hasSizeLessThanOrEqualTo(1);
    Set<Branch> committed = EnumSet.noneOf(Branch.class);
    orders.values().forEach(order -> committed.addAll(committed(order, to)));
    System.out.printf(
        "%s, %s of %s lost, %s killed: %s%n", protocol, message, to, killed, committed);
    Allowed allowed = Allowed.of(protocol, message, killed);
    assertThat(committed)
        .containsAll(allowed.committed())
        .noneMatch(branch -> allowed.aborted().contains(branch));
    if (allowed.agree()) {
      assertThat(committed).isIn(Set.of(), Allowed.ALL);
    }
    tests.place(protocol, 5);
    tests.awaitDecided(protocol);
  }

  private static Set<Branch> committed(OrderEffects order, Part addressed) {
    Set<Branch> committed = EnumSet.noneOf(Branch.class);
    boolean isPayment = addressed == Part.PAYMENT_SERVICE;
    if (order.orderAt() != null) {
      committed.add(Branch.OF_ORDER);
    }
    if (order.stockAt() != null) {
      committed.add(isPayment ? Branch.OTHER : Branch.ADDRESSED);
    }
    if (order.moneyAt() != null) {
      committed.add(isPayment ? Branch.ADDRESSED : Branch.OTHER);
    }
    return committed;
  }

  // Also where orders diverge, stock and money are those of the branches that have committed.
  private static void assertEachEffectIsCountedOnce(
      CommitProtocol protocol, Map<String, OrderEffects> orders) throws SQLException {
    Sums sums = reader.sums(protocol, 0);
    long shipped = orders.values().stream().filter(order -> order.stockAt() != null).count();
    long paid = orders.values().stream().filter(order -> order.moneyAt() != null).count();
    assertThat(sums.shipped()).isEqualTo(shipped);
    assertThat(sums.received()).isEqualTo(sums.onShelf() + shipped);
    assertThat(sums.deposited()).isEqualTo(sums.balance() + paid * OrderSource.PRICE_MINOR);
    assertThat(sums.reserved() + sums.held()).isZero();
  }

  // Orders are placed one after the other until one sends the message, which is lost.
  private static void interruptOne(CommitProtocol protocol, Part to, Message message, Part killed)
      throws Exception {
    CountDownLatch lost = new CountDownLatch(1);
    LinkProxy at = lab.link(Part.ORDER_SERVICE, to);
    CompletableFuture<Part> killing = loseAndKill(at, message, killed, lost::countDown);
    try {
      // On a busy machine the votes of the first orders may be overdue: these abort.
      boolean isLost = false;
      for (int placed = 0; placed < MAX_TO_INTERRUPT && !isLost; placed++) {
        NewOrder order = tests.traced(protocol);
        boolean refuse = message.endsRefusedOrders();
        OrderClient.Answer unused = tests.placeOnce(client, refuse ? refused(order, to) : order);
        // The decision is sent after the client is answered.
        isLost = lost.await(1, TimeUnit.SECONDS);
      }
      killing.get(10, TimeUnit.SECONDS);
    } finally {
      at.forgetText();
      at.set(Mode.PASS);
      lab.start(killed);
    }
  }

  /** Places orders that one participant prepares, and that the other refuses. */
  private static void placeRefused(CommitProtocol protocol, Part prepares, int orders) {
    OrderSource source = new OrderSource(protocol, 0.3, tests.nextSeed());
    for (int number = 0; number < orders; number++) {
      NewOrder refused = refused(source.next(), prepares);
      client.vertx().runOnContext(placed -> client.place(refused));
    }
  }

  /** An order that one participant prepares, and that the other refuses. */
  private static NewOrder refused(NewOrder order, Part prepares) {
    CommitProtocol protocol = order.protocol();
    String known =
        prepares == Part.PAYMENT_SERVICE
            ? OrderSource.itemPrefix(protocol)
            : OrderSource.walletPrefix(protocol);
    String unknown = prepares == Part.PAYMENT_SERVICE ? "unknown." : "tok_wallet_unknown_";
    return new NewOrder(protocol, order.key(), order.body().replace(known, unknown));
  }

  @RepeatedTest(3)
  void dualWriteLeavesHalfAnOrderWhenItsCoordinatorIsKilled() throws Exception {
    CommitProtocol protocol = CommitProtocol.DUAL_WRITE;
    List<FaultKind> kinds = List.of(FaultKind.COORDINATOR_KILLED);
    FaultPlan plan = FaultPlan.of(tests.nextSeed(), FaultPlan.shortest(kinds), kinds);
    tests.place(protocol, 2);
    int before = divergentOrders(protocol);
    OrderLoad load = OrderLoad.open(client, new OrderSource(protocol, 0, tests.nextSeed()), 20);
    FaultInjector injector = new FaultInjector(lab, client, protocol, load::millis, progress -> {});

    List<Injected> injected = injector.run(plan);

    assertThat(load.endAfter(plan.lengthMillis()))
        .hasSizeGreaterThanOrEqualTo((int) OrderLoad.offered(20, plan.lengthMillis()));
    injector.awaitStarted();
    assertThat(injected).extracting(Injected::notInjected).containsOnlyNulls();
    assertThat(divergentOrders(protocol)).isGreaterThan(before);
  }

  private static int divergentOrders(CommitProtocol protocol) throws SQLException {
    return FinalState.divergent(List.copyOf(reader.orders(protocol).values())).values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  @Test
  void tenRandomKillsUnderTwoPhaseCommitLeaveNothingBehind() {
    Seed.forEach(1, of -> killAtRandom(of, 10));
  }

  @Tag("protocols")
  @Test
  void randomKillsUnderTwoPhaseCommitLeaveNothingBehind() {
    Seed.forEach(1, of -> killAtRandom(of, 30));
  }

  private static void killAtRandom(long of, int kills) {
    CommitProtocol protocol = CommitProtocol.TWO_PHASE;
    LinkProxy votes = lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
    // Orders take longer, so that some are in flight at any moment.
    votes.delay(50, 100);
    int inFlight = 0;
    List<Part> parts =
        Stream.concat(Topology.serviceParts().stream(), Topology.databaseParts().stream()).toList();
    Random random = new Random(of);
    try {
      for (int kill = 0; kill < kills; kill++) {
        long millis = 1_000L + random.nextInt(1_500);
        OrderLoad load =
            OrderLoad.open(client, new OrderSource(protocol, 0.3, tests.nextSeed()), 30);
        Waiting.pause(Duration.ofMillis(200 + random.nextInt(800)));
        Part part = parts.get(random.nextInt(parts.size()));
        assertThat(Waiting.until(Duration.ofSeconds(2), () -> load.inFlight() > 0))
            .as("orders in flight at kill %d, of %s", kill, part)
            .isTrue();
        inFlight += load.inFlight();
        lab.platform().kill(part);
        Waiting.pause(Duration.ofMillis(random.nextInt(1_500)));
        lab.start(part);
        assertThat(load.endAfter(millis)).isNotEmpty();
      }
      System.out.printf("%d kills with %d orders in flight%n", kills, inFlight);
      assertThat(inFlight).isGreaterThanOrEqualTo(kills);
      votes.set(Mode.PASS);
      tests.place(protocol, 20);
      tests.assertExact(protocol);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      votes.set(Mode.PASS);
    }
  }
}
