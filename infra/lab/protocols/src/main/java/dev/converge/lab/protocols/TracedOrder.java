package dev.converge.lab.protocols;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.lab.protocols.OrderClient.Answer;
import dev.converge.lab.protocols.OrderSource.NewOrder;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Places one order and reads its messages from its trace. Under a cut, a participant is cut off
 * from both others when the message after its vote is sent, which is lost, and reached again later.
 * A saga has no vote: the participant is cut off before its order is placed.
 */
final class TracedOrder {
  /** Longer than any timeout of a protocol. */
  private static final Duration CUT_FOR = Duration.ofSeconds(5);

  /** The votes have a timeout of a second. */
  private static final Duration CUT_WITHIN = Duration.ofSeconds(3);

  /** A slow machine may miss the timeout of the votes, and then sends nothing to cut. */
  private static final int MAX_CUTS = 5;

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  /** Debezium needs ten seconds until it reads an outbox again. */
  private static final Duration DECIDED_WITHIN = Duration.ofSeconds(25);

  /** Services send their spans once a second. */
  private static final Duration TRACED_WITHIN = Duration.ofSeconds(6);

  private static final Duration TRACE_SETTLES_IN = Duration.ofMillis(2_500);

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final Part cutOff;
  private final EffectsReader reader;
  private final SplittableRandom random;

  /**
   * @param cutOff the participant that is cut off from both others
   */
  TracedOrder(
      ProtocolPlatform lab, OrderClient client, CommitProtocol protocol, Part cutOff, long seed) {
    this.cutOff = cutOff;
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.reader = new EffectsReader(lab.platform());
    this.random = new SplittableRandom(seed);
  }

  /** An order that ended at a time of {@link System#nanoTime}. */
  record Placed(String traceId, Answer answer, boolean isCut, String outcome, long endedNanos) {}

  /** Places an order without any fault; its messages are read later, when its trace is complete. */
  Placed placeUndisturbed() throws InterruptedException, SQLException {
    String traceId = traceId();
    Sums before = sums();
    return ended(traceId, before, await(onLoop(traceId)), false);
  }

  /**
   * Places an order under the cut, and others until one is cut off; its messages are read later,
   * too.
   */
  Placed placeUnderCut() throws InterruptedException, SQLException {
    Placed placed = placeOnceUnderCut();
    for (int cut = 1; cut < MAX_CUTS && !placed.isCut(); cut++) {
      placed = placeOnceUnderCut();
    }
    return placed;
  }

  private Placed placeOnceUnderCut() throws InterruptedException, SQLException {
    String traceId = traceId();
    Sums before = sums();
    CountDownLatch cut = new CountDownLatch(1);
    cutAtTheDecision(cut);
    Future<Answer> placed = onLoop(traceId);
    boolean isCut = cut.await(CUT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    if (isCut) {
      Waiting.pause(CUT_FOR);
    }
    heal();
    return ended(traceId, before, await(placed), isCut);
  }

  /** The messages of an order, once its trace is complete. */
  MessageSequence sequence(Placed order) throws InterruptedException {
    Duration since = Duration.ofNanos(System.nanoTime() - order.endedNanos());
    Waiting.pause(TRACE_SETTLES_IN.minus(since));
    String orderId = order.answer().orderId();
    return new MessageSequence(
        orderId == null ? "" : orderId,
        said(order.answer()),
        order.isCut(),
        order.outcome(),
        TraceMessages.of(trace(order.traceId())));
  }

  // The protocol in it keeps the traces of two protocols apart.
  private String traceId() {
    String name = protocol.id() + " " + random.nextLong() + " " + random.nextLong();
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
        .toString()
        .replace("-", "");
  }

  private Placed ended(String traceId, Sums before, Answer answer, boolean isCut)
      throws InterruptedException, SQLException {
    boolean unused =
        Waiting.until(
            DECIDED_WITHIN,
            () ->
                reader.openSagas() == 0
                    && reader.inDoubt(protocol, "inventory") == 0
                    && reader.inDoubt(protocol, "payment") == 0);
    return new Placed(traceId, answer, isCut, outcome(before), System.nanoTime());
  }

  private Future<Answer> onLoop(String traceId) {
    NewOrder order = new OrderSource(protocol, 0, random.nextLong()).traced();
    String traceparent = "00-" + traceId + "-" + String.format(Locale.ROOT, "%016x", 1) + "-01";
    Promise<Answer> answered = Promise.promise();
    client
        .vertx()
        .runOnContext(
            now -> client.placeTraced(order, traceparent, ANSWER_WITHIN).onComplete(answered));
    return answered.future();
  }

  private static Answer await(Future<Answer> placed) {
    try {
      return placed.await(ANSWER_WITHIN.toSeconds() + 2, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return Answer.NONE;
    }
  }

  /** The first message to a participant after its vote; null for a protocol that sends it none. */
  private static @Nullable String afterTheVote(CommitProtocol protocol) {
    return switch (protocol) {
      case SAGA -> null;
      case TCC, TWO_PHASE, QUORUM -> "/commit";
      case THREE_PHASE, THREE_PHASE_TERMINATION -> "/precommit";
      case DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> " HTTP/1.1";
    };
  }

  private void cutAtTheDecision(CountDownLatch cut) {
    String text = afterTheVote(protocol);
    if (text == null) {
      lab.setAll(cutOff, Mode.HALF_OPEN);
      cut.countDown();
    } else {
      fromOrder()
          .onceSent(
              text,
              () -> {
                lab.cutOffNow(cutOff);
                cut.countDown();
              });
    }
  }

  private LinkProxy fromOrder() {
    return lab.link(Part.ORDER_SERVICE, cutOff);
  }

  private void heal() {
    fromOrder().forgetText();
    lab.setAll(cutOff, Mode.PASS);
  }

  private static String said(Answer answer) {
    return answer.status() == 0
        ? "not answered"
        : "answered " + answer.status() + (answer.state() == null ? "" : " " + answer.state());
  }

  private Sums sums() throws SQLException {
    return reader.sumsOf(OrderSource.tracedItem(protocol), OrderSource.tracedWallet(protocol));
  }

  // The order has an item and a wallet of its own.
  private String outcome(Sums before) throws SQLException {
    Sums sums = sums();
    boolean shipped = sums.shipped() > before.shipped();
    boolean paid = sums.balance() + sums.held() < before.balance() + before.held();
    return (shipped ? "shipped" : "not shipped")
        + ", "
        + (paid ? "paid" : "not paid")
        + (shipped == paid ? "" : ": it diverges");
  }

  private JsonNode trace(String traceId) throws InterruptedException {
    JsonNode[] found = {com.fasterxml.jackson.databind.node.MissingNode.getInstance()};
    boolean unused =
        Waiting.until(
            TRACED_WITHIN,
            () -> {
              found[0] = read(traceId);
              return found[0].isArray() && !found[0].isEmpty();
            });
    return found[0];
  }

  private JsonNode read(String traceId) throws IOException {
    return new Http()
        .get(lab.platform().ports().url(Part.ZIPKIN) + "/api/v2/trace/" + traceId)
        .body();
  }
}
