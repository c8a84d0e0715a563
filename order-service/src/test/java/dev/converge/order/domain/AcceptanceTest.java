package dev.converge.order.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.UsedKey;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.testkit.Seed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a key belongs to one order, that of the first request that used it. Method: examples, and
 * seeded random batches that are compared with the same requests decided one by one.
 */
class AcceptanceTest {
  private static final Order FIRST = order(1);
  private static final Order SECOND = order(2);
  private static final Order EARLIER = order(9);

  private static Order order(long id) {
    return Order.placed(
        new UUID(0, id),
        "ada",
        "EUR",
        List.of(new OrderLine("mug", 1, 900)),
        "tok_ok",
        null,
        Instant.EPOCH);
  }

  @Test
  void requestsWithDifferentKeysAreAllAccepted() {
    Acceptance decided =
        Acceptance.decide(
            List.of(new Request("a", "same", FIRST), new Request("b", "same", SECOND)), Map.of());

    assertThat(decided.accepted()).containsExactly(FIRST, SECOND);
    assertThat(decided.answers())
        .containsExactly(new Answer(Verdict.ACCEPTED, FIRST), new Answer(Verdict.ACCEPTED, SECOND));
  }

  @Test
  void repeatedRequestInTheBatchReplaysTheFirst() {
    Acceptance decided =
        Acceptance.decide(
            List.of(new Request("a", "same", FIRST), new Request("a", "same", SECOND)), Map.of());

    assertThat(decided.accepted()).containsExactly(FIRST);
    assertThat(decided.answers())
        .containsExactly(new Answer(Verdict.ACCEPTED, FIRST), new Answer(Verdict.REPLAYED, FIRST));
  }

  @Test
  void anotherRequestWithTheKeyOfOneInTheBatchReusesIt() {
    Acceptance decided =
        Acceptance.decide(
            List.of(new Request("a", "one", FIRST), new Request("a", "other", SECOND)), Map.of());

    assertThat(decided.accepted()).containsExactly(FIRST);
    assertThat(decided.answers().get(1)).isEqualTo(new Answer(Verdict.KEY_REUSED, FIRST));
  }

  @Test
  void usedKeyReturnsItsOrder() {
    Map<String, UsedKey> usedBefore = Map.of("a", new UsedKey("one", EARLIER));

    Acceptance decided =
        Acceptance.decide(
            List.of(new Request("a", "one", FIRST), new Request("a", "other", SECOND)), usedBefore);

    assertThat(decided.accepted()).isEmpty();
    assertThat(decided.answers())
        .containsExactly(
            new Answer(Verdict.REPLAYED, EARLIER), new Answer(Verdict.KEY_REUSED, EARLIER));
  }

  @Test
  void firstRequestOfEachKeyUsesIt() {
    Request first = new Request("a", "one", FIRST);
    Request other = new Request("b", "one", SECOND);

    assertThat(Acceptance.firstOfEachKey(List.of(first, new Request("a", "other", SECOND), other)))
        .containsExactly(first, other);
  }

  @Test
  void batchDecidesLikeItsRequestsOneByOne() {
    Seed.forEach(1_000, AcceptanceTest::compareWithOneByOne);
  }

  private static void compareWithOneByOne(long seed) {
    Random random = new Random(seed);
    Map<String, UsedKey> usedBefore = new HashMap<>();
    if (random.nextBoolean()) {
      usedBefore.put("k0", new UsedKey("f0", order(100)));
    }
    List<Request> requests = new ArrayList<>();
    for (int n = 1; n <= 1 + random.nextInt(8); n++) {
      requests.add(new Request("k" + random.nextInt(3), "f" + random.nextInt(2), order(n)));
    }

    Acceptance batch = Acceptance.decide(requests, usedBefore);

    Map<String, UsedKey> used = new HashMap<>(usedBefore);
    Set<Order> accepted = new HashSet<>();
    for (int n = 0; n < requests.size(); n++) {
      Request request = requests.get(n);
      Acceptance alone = Acceptance.decide(List.of(request), used);
      alone
          .accepted()
          .forEach(order -> used.put(request.key(), new UsedKey(request.fingerprint(), order)));
      accepted.addAll(alone.accepted());
      assertThat(batch.answers().get(n)).isEqualTo(alone.answers().get(0));
    }
    assertThat(batch.accepted()).hasSize(accepted.size()).containsAll(accepted);
  }
}
