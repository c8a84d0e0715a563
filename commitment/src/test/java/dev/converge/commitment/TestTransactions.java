package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.Protocols;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Transactions of two apples between both participants, with coordinators and recovery in this
 * process and short timeouts. Each test begins with empty tables; recovery ends with the test.
 */
final class TestTransactions implements BeforeEachCallback, AfterEachCallback {
  static final Map<String, JsonObject> TWO_APPLES =
      Map.of(INVENTORY, StockWork.apples(2), PAYMENT, StockWork.apples(2));

  private final TestServers servers = TestServers.shared();
  private final List<String> deployed = new ArrayList<>();
  private final Duration votes;
  private final Recovery.Timing timing;
  final TestParticipants participants;

  /**
   * @param votes how long coordinators await votes
   * @param inDoubt how long branches wait before they ask
   * @param register proposes abort, and returns the registered decision
   */
  TestTransactions(
      Duration votes, Duration inDoubt, Function<GlobalId, Future<Decision>> register) {
    this.votes = votes;
    this.timing = new Recovery.Timing(Duration.ofMillis(50), inDoubt, Duration.ofDays(1));
    this.participants = new TestParticipants(servers, register);
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    servers.reset();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    deployed.forEach(id -> await(servers.vertx().undeploy(id)));
  }

  Coordinator coordinator(String protocol) {
    return coordinator(protocol, participants);
  }

  /** A coordinator that reaches the participants by a network of the test's own. */
  Coordinator coordinator(String protocol, Coordinator.Participants network) {
    return coordinator(Protocols.named(protocol).orElseThrow(), network);
  }

  Coordinator coordinator(Protocol protocol, Coordinator.Participants network) {
    return new Coordinator(
        servers.vertx(),
        protocol,
        network,
        new Coordinator.Limits(votes, Duration.ofMillis(100), 10),
        participants.instruments);
  }

  /** Prepares both branches, without a coordinator. */
  void prepareBoth(GlobalId id) {
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).of(id).orElseThrow().prepare(id, StockWork.apples(2)));
    }
  }

  void recoverBoth() {
    recover(INVENTORY);
    recover(PAYMENT);
  }

  void recover(String participant) {
    deploy(new Recovery(participants.of(participant), List.of(), timing, participants.instruments));
  }

  /** Announces open commits, as a coordinator does after its restart. */
  void announce(String protocol, Decisions register) {
    var announced = new Recovery.Announced(protocol, coordinator(protocol), register);
    deploy(new Recovery(null, List.of(announced), timing, participants.instruments));
  }

  private void deploy(Recovery recovery) {
    deployed.add(await(servers.vertx().deployVerticle(recovery)));
  }

  void assertBothEnd(GlobalId id, BranchState end) {
    assertEnds(INVENTORY, id, end);
    assertEnds(PAYMENT, id, end);
  }

  /** The branch ends like this, and leaves nothing prepared. */
  void assertEnds(String participant, GlobalId id, BranchState end) {
    await(participant + " is " + end).until(() -> participants.state(participant, id) == end);
    assertThat(servers.prepared(participant)).isEmpty();
    assertThat(servers.available(participant)).isEqualTo(end == BranchState.COMMITTED ? 8 : 10);
  }
}
