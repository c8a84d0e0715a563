package dev.converge.order.reads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a token is what an answer has given, and decides which node shows what a session has seen.
 * Method: random tokens, other texts, and positions around a token's.
 */
class ConsistencyTokenTest {
  private static final ConsistencyToken TOKEN = new ConsistencyToken(7, 2, 100, 50);

  @Test
  void tokenIsReadAsItWasWritten() {
    Seed.forEach(
        500,
        seed -> {
          Random random = new Random(seed);
          ConsistencyToken token =
              new ConsistencyToken(any(random), any(random), any(random), any(random));
          assertThat(ConsistencyToken.parse(token.text())).contains(token);
          assertThat(token.text()).hasSizeLessThanOrEqualTo(67);
        });
  }

  private static long any(Random random) {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1-2-3",
        "1-2-3-4-5",
        "1-2-3-g",
        "1-2-3-",
        "1-2-3-F",
        "1-2-3- 4",
        "-1-2-3-4",
        "1-2-3-8000000000000000",
        "1-2-3-00000000000000001"
      })
  void otherTextIsNoToken(String text) {
    assertThat(ConsistencyToken.parse(text)).isEmpty();
  }

  @Test
  void replicaShowsItOnceItHasReplayedItsPositionOnThatTimelineOrALaterOne() {
    assertThat(TOKEN.isReachedBy(replica(7, 2, 100))).isTrue();
    assertThat(TOKEN.isReachedBy(replica(7, 3, 101))).isTrue();
    assertThat(TOKEN.isReachedBy(replica(7, 2, 99))).isFalse();
    assertThat(TOKEN.isReachedBy(replica(7, 1, 1_000))).isFalse();
    assertThat(TOKEN.isReachedBy(replica(8, 2, 1_000))).isFalse();
  }

  @Test
  void primaryShowsItOnceTheTransactionsThatAReplicaMayHaveShownHaveEnded() {
    assertThat(TOKEN.isShownBy(primary(7, 50))).isTrue();
    assertThat(TOKEN.isShownBy(primary(7, 49))).isFalse();
    // Of a database that was replaced by another.
    assertThat(TOKEN.isShownBy(primary(8, 1))).isTrue();
  }

  @Test
  void sessionKeepsWhatAReplicaMayHaveShownUntilThePrimaryHasShownIt() {
    ConsistencyToken ofReplica = ConsistencyToken.ofReplica(replica(7, 2, 120), Optional.of(TOKEN));
    assertThat(ofReplica).isEqualTo(new ConsistencyToken(7, 2, 120, 50));
    assertThat(ConsistencyToken.ofReplica(replica(8, 1, 5), Optional.of(TOKEN)))
        .isEqualTo(new ConsistencyToken(8, 1, 5, 40));
    assertThat(ConsistencyToken.ofPrimary(primary(7, 50), Optional.of(TOKEN)))
        .isEqualTo(new ConsistencyToken(7, 2, 200, 0));
    assertThat(ConsistencyToken.ofPrimary(primary(7, 49), Optional.of(TOKEN)))
        .isEqualTo(new ConsistencyToken(7, 2, 200, 50));
  }

  private static NodePosition replica(long system, long timeline, long position) {
    return new NodePosition(true, system, timeline, position, 30, 40, 10);
  }

  private static NodePosition primary(long system, long xmin) {
    return new NodePosition(false, system, 2, 200, xmin, 70, 0);
  }
}
