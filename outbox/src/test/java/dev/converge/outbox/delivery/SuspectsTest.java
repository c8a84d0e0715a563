package dev.converge.outbox.delivery;

import static dev.converge.outbox.delivery.Suspects.ALONE_AT_MOST;
import static dev.converge.outbox.delivery.Suspects.BLOCKED_AT_MOST;
import static dev.converge.outbox.delivery.Suspects.OTHERS_HANDLED;
import static dev.converge.outbox.delivery.Suspects.Verdict.PARK;
import static dev.converge.outbox.delivery.Suspects.Verdict.RETRY;
import static dev.converge.outbox.delivery.Suspects.Verdict.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.faults.Symptom;
import dev.converge.outbox.delivery.Suspects.Summary;
import dev.converge.outbox.delivery.Suspects.Verdict;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message is parked for a reason of its own, and no environment fault parks one. Method:
 * examples, and seeded topics with messages at fault and times at which nothing of a type can be
 * handled, read as a consumer reads them.
 */
class SuspectsTest {
  private static final int ATTEMPTS = 3;
  private static final Symptom SAME = new Symptom("same", "same");
  private static final long SECOND = 1_000_000_000L;

  private final Suspects suspects = new Suspects(ATTEMPTS);
  private long now;

  @CanIgnoreReturnValue
  private Verdict fail(String message) {
    return fail(message, "aggregate of " + message, "a", "refused");
  }

  @CanIgnoreReturnValue
  private Verdict fail(String message, String aggregate, String type, String symptom) {
    now += SECOND / 10;
    suspects.failed(message, aggregate, type, new Symptom(symptom, "shown"), now);
    return suspects.verdict(message, now);
  }

  @CanIgnoreReturnValue
  private Verdict failFor(long seconds, String message, String type) {
    Verdict verdict = WAIT;
    for (long end = now + seconds * SECOND; now < end && verdict != PARK; now += 5 * SECOND) {
      verdict = fail(message, "aggregate of " + message, type, "refused");
    }
    return verdict;
  }

  @Test
  void parksAMessageThatFailsBeforeAndAfterOneOfItsTypeIsHandled() {
    assertThat(fail("poison")).isEqualTo(RETRY);
    suspects.handled("a");
    assertThat(fail("poison")).isEqualTo(RETRY);
    assertThat(fail("poison")).isEqualTo(PARK);
  }

  @Test
  void doesNotParkAMessageThatWasNotRetriedSinceTheRepair() {
    fail("victim");
    fail("victim");
    assertThat(fail("victim")).isEqualTo(WAIT);
    suspects.handled("a");
    assertThat(suspects.verdict("victim", now)).isEqualTo(WAIT);
    assertThat(suspects.hasEvidence("victim", now)).isTrue();
  }

  @Test
  void messagesHandledBeforeTheFirstFailureAreNoEvidence() {
    suspects.handled("a");
    fail("victim");
    fail("victim");
    assertThat(fail("victim")).isEqualTo(WAIT);
  }

  @Test
  void parksNothingWhileTwoAggregatesFailAlikeAndNothingOfTheTypeIsHandled() {
    for (int round = 0; round < 40; round++) {
      Verdict one = fail("one");
      Verdict other = fail("other");
      suspects.handled("b");
      now += 5 * SECOND;
      if (round >= ATTEMPTS) {
        assertThat(List.of(one, other)).containsOnly(WAIT);
      }
    }
    assertThat(suspects.summary().map(Summary::named))
        .hasValue("refused (messages that fail so: 2, of type a)");
    assertThat(suspects.summary().map(Summary::shown))
        .hasValue("shown (messages that fail so: 2, of type a)");
  }

  @Test
  void parksAMessageOfARareTypeThatFailsAloneAfterAMinuteInWhichManyOthersAreHandled() {
    fail("poison");
    for (int others = 0; others < OTHERS_HANDLED; others++) {
      suspects.handled("b");
    }
    assertThat(failFor(ALONE_AT_MOST.toSeconds() - 10, "poison", "a")).isEqualTo(WAIT);
    assertThat(failFor(20, "poison", "a")).isEqualTo(PARK);
  }

  @Test
  void parksWithoutEvidenceAfter15MinutesAndThenTheFloodBehindItImmediately() {
    assertThat(failFor(BLOCKED_AT_MOST.toSeconds() - 10, "first", "a")).isEqualTo(WAIT);
    assertThat(failFor(20, "first", "a")).isEqualTo(PARK);
    suspects.settled("first");
    for (int n = 0; n < 1_000; n++) {
      fail("" + n);
      fail("" + n);
      assertThat(fail("" + n)).isEqualTo(PARK);
    }
  }

  @Test
  void changedOrLateFailureStartsOver() {
    failFor(30, "message", "a");
    assertThat(fail("message", "aggregate", "a", "another")).isEqualTo(RETRY);
    now += BLOCKED_AT_MOST.toNanos();
    assertThat(suspects.isEmpty(now)).isTrue();
    assertThat(fail("message", "aggregate", "a", "another")).isEqualTo(RETRY);
    fail("message", "aggregate", "a", "another");
    assertThat(fail("message", "aggregate", "a", "another")).isEqualTo(WAIT);
  }

  @Test
  void decidesAfterTwiceTheAttemptsIfFailuresAlternate() {
    int failures = 0;
    Verdict verdict = RETRY;
    while (verdict == RETRY && failures < 100) {
      verdict = fail("poison", "aggregate", "a", "refused " + failures++ % 2);
      suspects.handled("a");
    }
    assertThat(verdict).isEqualTo(PARK);
    assertThat(failures).isEqualTo(2 * ATTEMPTS);
  }

  @Test
  void messageWithAlternatingFailuresWaits15MinutesAtMostWithoutEvidence() {
    Verdict verdict = RETRY;
    for (int n = 0; now < BLOCKED_AT_MOST.toNanos() - 10 * SECOND; n++, now += 5 * SECOND) {
      verdict = fail("message", "aggregate", "a", "refused " + n % 2);
      assertThat(verdict).isEqualTo(n < 2 * ATTEMPTS - 1 ? RETRY : WAIT);
    }
    for (int n = 0; n < 6 && verdict != PARK; n++, now += 5 * SECOND) {
      verdict = fail("message", "aggregate", "a", "refused " + n % 2);
    }
    assertThat(verdict).isEqualTo(PARK);
  }

  @Test
  void aggregateThatFailsOtherwiseOrIsForgottenNoLongerCounts() {
    for (String message : List.of("one", "other")) {
      fail(message);
      fail(message);
    }
    suspects.handled("a");
    suspects.handled("a");
    assertThat(suspects.hasEvidence("one", now)).as("evidence while both fail").isFalse();
    fail("other", "aggregate of other", "a", "another");
    assertThat(suspects.hasEvidence("one", now)).isTrue();

    fail("other");
    assertThat(suspects.hasEvidence("one", now)).isFalse();
    suspects.settled("other");
    assertThat(suspects.hasEvidence("one", now)).isTrue();
  }

  @Test
  void doesNotParkWhileOthersWithTheSameFailureSucceedOnARetry() {
    fail("other");
    suspects.succeeded("other", now);
    suspects.handled("a");
    for (long end = now + Suspects.INTERMITTENT_FOR.toNanos() / 2; now < end; now += SECOND) {
      fail("victim");
      suspects.handled("a");
      assertThat(suspects.verdict("victim", now)).isNotEqualTo(PARK);
    }
  }

  @Test
  void parksAfter15MinutesEvenWhileOthersWithTheSameFailureSucceed() {
    Verdict verdict = RETRY;
    for (int n = 0; n < 40 && verdict != PARK; n++) {
      fail("other " + n);
      suspects.succeeded("other " + n, now);
      suspects.handled("a");
      now += 30 * SECOND;
      verdict = fail("poison");
    }
    assertThat(verdict).isEqualTo(PARK);
    assertThat(now).isGreaterThanOrEqualTo(Suspects.BLOCKED_AT_MOST.toNanos());
  }

  @Test
  void parksAMessageThatStillFailsAMinuteAfterTheLastSuccess() {
    fail("other");
    suspects.succeeded("other", now);
    suspects.handled("a");
    fail("poison");
    suspects.handled("a");
    now += Suspects.INTERMITTENT_FOR.toNanos();
    fail("poison");
    assertThat(fail("poison")).isEqualTo(PARK);
  }

  @Test
  void boundsTheNumberOfSuspects() {
    for (int n = 0; n < 20_000; n++) {
      fail("" + n, "same", "type " + n, "refused");
    }
    assertThat(suspects.verdict("0", now)).isEqualTo(RETRY);
    assertThat(suspects.summary()).isPresent();
  }

  /** A message of a topic; whether it is at fault itself. */
  private record Message(int n, String place, String aggregate, String type, boolean poison) {
    Message(int n, String type, boolean poison) {
      this(n, "" + n, "aggregate " + n, type, poison);
    }
  }

  /** Reads a topic, batch by batch, as the consumer does, under an environment that changes. */
  private static final class Reader {
    final Suspects suspects = new Suspects(ATTEMPTS);
    final Set<Integer> handled = new HashSet<>();
    final Set<Integer> parked = new HashSet<>();
    final Set<String> refusedTypes = new HashSet<>();
    long now;
    Random random = new Random(0);
    double flaky;

    boolean fails(Message message) {
      now += SECOND / 200;
      return message.poison()
          || refusedTypes.contains(message.type())
          || random.nextDouble() < flaky;
    }

    /** One turn; the messages that are not done with. */
    List<Message> turn(List<Message> batch) {
      if (batch.stream().noneMatch(this::fails)) {
        batch.forEach(this::succeed);
        return List.of();
      }
      List<Message> left = batch;
      for (int round = 1; round <= FaultIsolation.ROUNDS_PER_ATTEMPT * ATTEMPTS; round++) {
        boolean undecided = false;
        List<Message> failed = new ArrayList<>();
        for (Message message : left) {
          if (!fails(message)) {
            succeed(message);
            continue;
          }
          suspects.failed(message.place(), message.aggregate(), message.type(), SAME, now);
          switch (suspects.verdict(message.place(), now)) {
            case PARK -> {
              parked.add(message.n());
              suspects.settled(message.place());
            }
            case RETRY -> {
              undecided = true;
              failed.add(message);
            }
            case WAIT -> failed.add(message);
          }
        }
        left = failed;
        undecided |=
            left.stream().map(Message::place).anyMatch(place -> suspects.hasEvidence(place, now));
        if (!undecided) {
          break;
        }
        now += SECOND / 5;
      }
      return left;
    }

    private void succeed(Message message) {
      handled.add(message.n());
      suspects.succeeded(message.place(), now);
      suspects.handled(message.type());
    }
  }

  @Test
  void intermittentFaultParksAtMostMessagesThatFailBeforeTheFirstSuccess() {
    List<Integer> parked = new ArrayList<>();
    // The same seeds each time: how many are parked is a matter of chance.
    LongStream.range(0, 100)
        .forEach(
            seed -> {
              Reader reader = new Reader();
              reader.random = new Random(seed);
              reader.flaky = 0.5;
              List<Message> left = new ArrayList<>();
              int next = 0;
              for (int turn = 0; turn < 3_000 && !(next == 200 && left.isEmpty()); turn++) {
                reader.now += SECOND / 2;
                for (int more = 5; more > 0 && next < 200; more--) {
                  left.add(new Message(next++, "a", false));
                }
                left = new ArrayList<>(reader.turn(left));
              }
              assertThat(reader.handled.size() + reader.parked.size()).isEqualTo(200);
              assertThat(reader.parked.size()).isLessThanOrEqualTo(1);
              parked.add(reader.parked.size());
            });
    assertThat(parked.stream().mapToInt(Integer::intValue).sum()).isLessThanOrEqualTo(10);
  }

  @Test
  void parksOnlyThePoisonInAnyTopicUnderAnyFaultShorterThanTheLimit() {
    Seed.forEach(
        300,
        seed -> {
          Random random = new Random(seed);
          Reader reader = new Reader();
          List<Message> topic = new ArrayList<>();
          Set<Integer> poison = new HashSet<>();
          int share = random.nextInt(5);
          for (int n = 0; n < 200; n++) {
            boolean poisoned = share > 0 && random.nextInt(10) < share;
            topic.add(new Message(n, random.nextInt(3) == 0 ? "a" : "b", poisoned));
          }
          // Good messages of both types follow in the end, as on a platform in use.
          topic.add(new Message(200, "a", false));
          topic.add(new Message(201, "b", false));
          topic.stream().filter(Message::poison).forEach(one -> poison.add(one.n()));
          List<Message> left = new ArrayList<>();
          int next = 0;
          long faultEnds = 0;
          for (int turn = 0; turn < 3_000 && !(next == topic.size() && left.isEmpty()); turn++) {
            reader.now += SECOND / 10 + random.nextInt(5) * SECOND;
            if (reader.now > faultEnds) {
              reader.refusedTypes.clear();
              if (turn < 100 && random.nextInt(4) == 0) {
                faultEnds = reader.now + random.nextInt(120) * SECOND;
                reader.refusedTypes.add("a");
                if (random.nextBoolean()) {
                  reader.refusedTypes.add("b");
                }
              }
            }
            int more = 10 + random.nextInt(30);
            while (more-- > 0 && next < topic.size()) {
              left.add(topic.get(next++));
            }
            left = new ArrayList<>(reader.turn(left));
          }
          assertThat(reader.parked).isEqualTo(poison);
          assertThat(reader.handled).hasSize(topic.size() - poison.size());
        });
  }
}
