package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.FakeReadNode;
import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.OrderReads.LevelNotMetException;
import dev.converge.order.application.OrderReads.Served;
import dev.converge.order.domain.Order;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.NodePosition;
import dev.converge.order.reads.ReadLevel;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a read is answered by a node that shows what its level promises, or refused. Method: nodes
 * whose positions and failures the test sets.
 */
class OrderReadsTest {
  private static final ReadLevel EVENTUAL = new ReadLevel.Eventual();
  private static final ReadLevel STRONG = new ReadLevel.Strong();

  private final EventLoop loop = new EventLoop();
  private final InMemoryOrders orders = new InMemoryOrders(loop.vertx());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final FakeReadNode primary = FakeReadNode.primary(orders.database().pool());
  private final FakeReadNode first = FakeReadNode.replica(orders.database().pool());
  private final FakeReadNode second = FakeReadNode.replica(orders.database().pool());
  private final OrderReads reads =
      new OrderReads(
          loop.vertx(),
          orders.database().pool(),
          orders.orders(),
          orders.stories(),
          primary,
          List.of(first, second),
          meters);

  @AfterEach
  void close() {
    loop.close();
  }

  private Served<List<Order>> served(ReadLevel level) {
    return loop.run(() -> reads.list(level, null, null, 1));
  }

  private Throwable refused(ReadLevel level) {
    return loop.run(
        () ->
            reads
                .list(level, null, null, 1)
                .map(answer -> (Throwable) new AssertionError("answered by " + answer.by()))
                .recover(Future::succeededFuture));
  }

  private static ReadLevel session(long lsn, long xmax) {
    return new ReadLevel.Session(Optional.of(new ConsistencyToken(7, 1, lsn, xmax)));
  }

  private static NodePosition aged(long millis) {
    return new NodePosition(true, 7, 1, 100, 50, 50, millis);
  }

  private double count(String level, String served) {
    return meters.counter("order.reads", "level", level, "served", served).count();
  }

  @Test
  void replicasTakeTurnsWithTheirAge() {
    List<String> by = List.of(served(EVENTUAL).by(), served(EVENTUAL).by());
    assertThat(by).containsExactlyInAnyOrder("replica-1", "replica-2");
    assertThat(served(EVENTUAL).staleMillis()).isEqualTo(20);
    assertThat(primary.reads()).isZero();
    assertThat(count("eventual", "replica")).isEqualTo(3);
  }

  @Test
  void replicaThatDoesNotAnswerIsLeftOutForAWhile() {
    first.fail(new IOException("cut"));
    for (int n = 0; n < 6; n++) {
      assertThat(served(EVENTUAL).by()).isEqualTo("replica-2");
    }
    assertThat(first.reads()).isEqualTo(1);
    assertThat(meters.counter("order.read.replica.failures", "replica", "replica-1").count())
        .isEqualTo(1);
  }

  @Test
  void primaryAnswersIfNoReplicaDoes() {
    first.fail(new IOException("cut"));
    second.fail(new IOException("cut"));
    assertThat(served(EVENTUAL).by()).isEqualTo("primary");
    assertThat(served(EVENTUAL).staleMillis()).isZero();
  }

  @Test
  void eventualReadIsRefusedOnlyIfNoNodeAnswers() {
    first.fail(new IOException("cut"));
    primary.fail(new IOException("down"));
    second.set(aged(3_600_000));
    assertThat(served(EVENTUAL).staleMillis()).isEqualTo(3_600_000);
    second.fail(new IOException("down"));
    assertThat(refused(EVENTUAL)).isInstanceOf(LevelNotMetException.class);
  }

  @Test
  void boundedReadIsAnsweredByAReplicaThatIsFreshOrByThePrimary() {
    first.set(aged(201));
    second.set(aged(200));
    assertThat(served(new ReadLevel.Bounded(200)).by()).isEqualTo("replica-2");
    assertThat(served(new ReadLevel.Bounded(199)).by()).isEqualTo("primary");
  }

  @Test
  void boundedReadIsRefusedIfReplicasAreOldAndThePrimaryIsDown() {
    first.set(aged(201));
    second.set(aged(300));
    primary.fail(new IOException("down"));
    assertThat(refused(new ReadLevel.Bounded(200))).isInstanceOf(LevelNotMetException.class);
    assertThat(count("bounded", "none")).isEqualTo(1);
  }

  @Test
  void sessionBeginsAnywhereAndGetsAToken() {
    Served<List<Order>> served = served(new ReadLevel.Session(Optional.empty()));
    assertThat(served.by()).startsWith("replica");
    assertThat(served.token()).contains(new ConsistencyToken(7, 1, 100, 50));
    assertThat(served(EVENTUAL).token()).isEmpty();
  }

  @Test
  void sessionIsAnsweredByAReplicaThatHasCaughtUp() {
    first.set(FakeReadNode.at(first, 99));
    assertThat(served(session(100, 0)).by()).isEqualTo("replica-2");
    assertThat(served(session(100, 0)).by()).isEqualTo("replica-2");
  }

  @Test
  void sessionWaitsForAReplica() {
    NodePosition behind = FakeReadNode.at(first, 150);
    first.once(behind);
    first.once(behind);
    first.set(FakeReadNode.at(first, 200));
    second.set(FakeReadNode.at(second, 100));
    for (int n = 0; n < 2; n++) {
      assertThat(served(session(180, 0)).by()).isEqualTo("replica-1");
    }
    assertThat(primary.reads()).isZero();
  }

  @Test
  void sessionDoesNotWaitForAReplicaThatIsFarBehind() {
    first.set(aged(151));
    second.set(aged(151));
    assertThat(served(session(500, 0)).by()).isEqualTo("primary");
    assertThat(first.asked() + second.asked()).isEqualTo(1);
  }

  @Test
  void sessionFallsBackToThePrimary() {
    Served<List<Order>> served = served(session(500, 50));
    assertThat(served.by()).isEqualTo("primary");
    assertThat(served.token()).contains(new ConsistencyToken(7, 1, 100, 0));
  }

  @Test
  void sessionIsNotShownLessByThePrimaryThanByAReplica() {
    // A replica has shown transaction 50, whose commit the primary does not show yet.
    assertThat(refused(session(500, 51))).isInstanceOf(LevelNotMetException.class);
    assertThat(primary.reads()).isZero();
    // It shows it after a moment.
    primary.once(new NodePosition(false, 7, 1, 100, 50, 51, 0));
    primary.set(new NodePosition(false, 7, 1, 100, 51, 51, 0));
    assertThat(served(session(500, 51)).by()).isEqualTo("primary");
  }

  @Test
  void promotedNodeIsNoReplica() {
    first.set(new NodePosition(false, 7, 2, 1_000, 50, 50, 0));
    for (int n = 0; n < 3; n++) {
      assertThat(served(EVENTUAL).by()).isEqualTo("replica-2");
    }
  }

  @Test
  void strongReadIsOfThePrimaryAndPassesABarrier() {
    Served<List<Order>> served = served(STRONG);
    assertThat(served.by()).isEqualTo("primary");
    assertThat(primary.barriers()).isEqualTo(1);
    assertThat(first.reads() + second.reads()).isZero();
  }

  @Test
  void strongReadWithoutABarrierFails() {
    IOException deposed = new IOException("no standby confirms");
    primary.fail(deposed);
    assertThat(refused(STRONG)).isSameAs(deposed);
  }

  @Test
  void writeGetsThePositionOfThePrimary() {
    assertThat(afterWrite(Optional.empty())).contains(new ConsistencyToken(7, 1, 100, 0));
    primary.fail(new IOException("down"));
    assertThat(afterWrite(Optional.empty())).isEmpty();
  }

  @Test
  void writeKeepsWhatAReplicaHasShownUntilThePrimaryShowsIt() {
    Optional<ConsistencyToken> ofReplica = Optional.of(new ConsistencyToken(7, 1, 90, 51));
    assertThat(afterWrite(ofReplica)).contains(new ConsistencyToken(7, 1, 100, 51));
    primary.set(new NodePosition(false, 7, 1, 100, 51, 51, 0));
    assertThat(afterWrite(ofReplica)).contains(new ConsistencyToken(7, 1, 100, 0));
  }

  private Optional<ConsistencyToken> afterWrite(Optional<ConsistencyToken> before) {
    return loop.run(() -> reads.afterWrite(before));
  }
}
