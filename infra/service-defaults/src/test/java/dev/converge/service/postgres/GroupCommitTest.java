package dev.converge.service.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.faults.UnexpectedRowsException;
import dev.converge.service.postgres.GroupCommit.OverloadedException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: requests share commits, and each gets its own answer independent of the other requests.
 * Method: on a real event loop, with commits that the test completes.
 */
class GroupCommitTest {
  private static final int MAX_BATCH = 3;
  private static final int MAX_WAITING = 4;
  private static final Vertx VERTX = Vertx.vertx();

  private final Context loop = VERTX.getOrCreateContext();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<List<String>> committed = new ArrayList<>();
  private final List<Promise<List<Integer>>> pending = new ArrayList<>();
  private final GroupCommit<String, Integer> group =
      new GroupCommit<>(VERTX, "test", meters, MAX_BATCH, MAX_WAITING, Duration.ZERO, this::commit);

  @AfterAll
  static void stop() throws Exception {
    await(VERTX.close());
  }

  private Future<List<Integer>> commit(List<String> requests) {
    committed.add(requests);
    Promise<List<Integer>> commit = Promise.promise();
    pending.add(commit);
    return commit.future();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
  }

  /** Runs an action on the event loop and waits for the tasks that it adds there. */
  private <T> T onLoop(Callable<T> action) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(
        run -> {
          try {
            T result = action.call();
            loop.runOnContext(after -> done.complete(result));
          } catch (Exception e) {
            done.fail(e);
          }
        });
    return await(done.future());
  }

  @CanIgnoreReturnValue
  private Future<Integer> submit(String request) throws Exception {
    return onLoop(() -> group.submit(request));
  }

  private void succeeds(int commit) throws Exception {
    assertThat(
            onLoop(
                () ->
                    pending
                        .get(commit)
                        .tryComplete(committed.get(commit).stream().map(String::length).toList())))
        .isTrue();
  }

  private void fails(int commit, Throwable cause) throws Exception {
    assertThat(onLoop(() -> pending.get(commit).tryFail(cause))).isTrue();
  }

  @Test
  void singleRequestCommitsImmediately() throws Exception {
    Future<Integer> answer = submit("a");

    assertThat(committed).containsExactly(List.of("a"));
    assertThat(answer.isComplete()).isFalse();
    succeeds(0);
    assertThat(await(answer)).isEqualTo(1);
  }

  @Test
  void requestsOfOneTurnOfTheEventLoopShareACommit() throws Exception {
    List<Future<Integer>> answers = onLoop(() -> List.of(group.submit("a"), group.submit("bb")));
    assertThat(committed).containsExactly(List.of("a", "bb"));
    succeeds(0);

    assertThat(await(answers.get(0))).isEqualTo(1);
    assertThat(await(answers.get(1))).isEqualTo(2);
  }

  @Test
  void requestsDuringACommitShareTheNextOneAndGetTheirOwnAnswers() throws Exception {
    Future<Integer> first = submit("a");
    Future<Integer> second = submit("bb");
    Future<Integer> third = submit("ccc");
    assertThat(committed).hasSize(1);

    succeeds(0);
    assertThat(committed).containsExactly(List.of("a"), List.of("bb", "ccc"));
    assertThat(second.isComplete()).isFalse();
    succeeds(1);

    assertThat(await(first)).isEqualTo(1);
    assertThat(await(second)).isEqualTo(2);
    assertThat(await(third)).isEqualTo(3);
    assertThat(meters.get("test.transaction.requests").summary().count()).isEqualTo(2);
    assertThat(meters.get("test.transaction.requests").summary().totalAmount()).isEqualTo(3);
  }

  @Test
  void commitIsBounded() throws Exception {
    submit("a");
    for (int i = 0; i < MAX_WAITING; i++) {
      submit("b" + i);
    }
    succeeds(0);
    succeeds(1);

    assertThat(committed).containsExactly(List.of("a"), List.of("b0", "b1", "b2"), List.of("b3"));
  }

  @Test
  void onlyTheBadRequestOfAGroupFails() throws Exception {
    submit("a");
    Future<Integer> good = submit("bb");
    Future<Integer> bad = submit("bad");
    Future<Integer> alsoGood = submit("dddd");
    succeeds(0);
    IllegalArgumentException cause = new IllegalArgumentException("bad");

    fails(1, cause);
    succeeds(2);
    fails(3, cause);
    succeeds(4);

    assertThat(committed.subList(2, 5))
        .containsExactly(List.of("bb"), List.of("bad"), List.of("dddd"));
    assertThat(await(good)).isEqualTo(2);
    assertThat(bad.cause()).isSameAs(cause);
    assertThat(await(alsoGood)).isEqualTo(4);
  }

  @Test
  void rowThatCannotBeReadFailsItsRequestOnly() throws Exception {
    submit("a");
    Future<Integer> good = submit("bb");
    Future<Integer> bad = submit("bad");
    succeeds(0);

    fails(1, new UnexpectedRowsException("a padded value"));
    succeeds(2);
    fails(3, new UnexpectedRowsException("a padded value"));

    assertThat(await(good)).isEqualTo(2);
    assertThat(bad.cause()).isInstanceOf(UnexpectedRowsException.class);
  }

  @Test
  void requestsDuringTheRetryOfAGroupWaitForTheNextCommit() throws Exception {
    submit("a");
    submit("bb");
    submit("bad");
    succeeds(0);
    fails(1, new IllegalArgumentException("bad"));
    Future<Integer> late = submit("late");

    succeeds(2);
    fails(3, new IllegalArgumentException("bad"));
    succeeds(4);

    assertThat(committed.get(4)).containsExactly("late");
    assertThat(await(late)).isEqualTo(4);
  }

  @Test
  void transientFaultFailsTheWholeGroupWithoutARetry() throws Exception {
    submit("a");
    Future<Integer> second = submit("b");
    Future<Integer> third = submit("c");
    succeeds(0);
    TimeoutException unavailable = new TimeoutException("unavailable");

    fails(1, unavailable);

    assertThat(committed).hasSize(2);
    assertThat(second.cause()).isSameAs(unavailable);
    assertThat(third.cause()).isSameAs(unavailable);
    assertThat(submit("d").isComplete()).isFalse();
    assertThat(committed).hasSize(3);
  }

  @Test
  void fullQueueRefusesRequestsUntilItHasDrained() throws Exception {
    submit("a");
    for (int i = 0; i < MAX_WAITING; i++) {
      assertThat(submit("b" + i).isComplete()).isFalse();
    }

    Future<Integer> refused = submit("c");
    assertThat(refused.cause()).isInstanceOf(OverloadedException.class);
    succeeds(0);

    assertThat(submit("d").failed()).isFalse();
  }

  @Test
  void requestOffTheEventLoopThrows() {
    assertThatThrownBy(() -> group.submit("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("event loop");
    assertThat(committed).isEmpty();
  }

  @Test
  void lingersAfterALargeGroupOnly() {
    long threeMillis = TimeUnit.MILLISECONDS.toNanos(3);

    assertThat(GroupCommit.lingerMillis(4, threeMillis, 10)).isZero();
    assertThat(GroupCommit.lingerMillis(5, threeMillis, 10)).isEqualTo(6);
    assertThat(GroupCommit.lingerMillis(5, 10 * threeMillis, 10)).isEqualTo(10);
    assertThat(GroupCommit.lingerMillis(5, threeMillis, 0)).isZero();
  }

  @Test
  void requestsThatArriveDuringALingerAreAnswered() throws Exception {
    GroupCommit<String, Integer> lingering =
        new GroupCommit<>(
            VERTX,
            "lingering",
            meters,
            100,
            100,
            Duration.ofMillis(20),
            requests -> VERTX.timer(10).map(due -> requests.stream().map(String::length).toList()));
    List<Future<Integer>> many =
        onLoop(() -> Stream.generate(() -> lingering.submit("a")).limit(9).toList());
    assertThat(await(many.get(8))).isEqualTo(1);

    assertThat(await(onLoop(() -> lingering.submit("ccc")))).isEqualTo(3);
    assertThat(await(onLoop(() -> lingering.submit("dddd")))).isEqualTo(4);
  }

  @Test
  void commitThatThrowsFailsItsRequestOnly() throws Exception {
    List<String> tried = new ArrayList<>();
    GroupCommit<String, Integer> throwing =
        new GroupCommit<>(
            VERTX,
            "throwing",
            meters,
            MAX_BATCH,
            MAX_WAITING,
            Duration.ZERO,
            requests -> {
              tried.addAll(requests);
              throw new IllegalStateException("thrown");
            });

    assertThat(onLoop(() -> throwing.submit("a")).cause()).hasMessage("thrown");
    assertThat(onLoop(() -> throwing.submit("b")).cause()).hasMessage("thrown");
    assertThat(tried).containsExactly("a", "b");
  }

  @Test
  void tooFewAnswersAreAFaultOfTheCommit() throws Exception {
    Future<Integer> answer = submit("a");

    assertThat(onLoop(() -> pending.get(0).tryComplete(List.of()))).isTrue();

    assertThat(answer.cause()).hasMessage("answers: 0 (expected: 1)");
  }

  @Test
  void answersKeepTheOrderOfTheRequests() throws Exception {
    submit("a");
    List<Future<Integer>> answers = new ArrayList<>();
    for (int i = 1; i <= MAX_BATCH; i++) {
      answers.add(submit("x".repeat(10 * i)));
    }
    succeeds(0);
    succeeds(1);

    assertThat(answers.stream().map(Future::result))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, MAX_BATCH).mapToObj(i -> 10 * i).toList());
  }

  @Test
  void timeoutFailsTheRequestOnItsEventLoop() throws Exception {
    Promise<Boolean> onEventLoop = Promise.promise();
    Future<Integer> answer =
        onLoop(
            () ->
                group
                    .submit("slow", Duration.ofMillis(20))
                    .onComplete(late -> onEventLoop.complete(Context.isOnEventLoopThread())));

    assertThat(await(onEventLoop.future())).isTrue();
    assertThat(answer.cause()).isInstanceOf(TimeoutException.class);
    // Its commit ends late and does not block the next one.
    Future<Integer> next = submit("next");
    succeeds(0);
    succeeds(1);
    assertThat(await(next)).isEqualTo(4);
  }

  @Test
  void requestThatTimedOutInTheQueueIsNotCommitted() throws Exception {
    submit("a");
    Future<Integer> dropped = onLoop(() -> group.submit("dropped", Duration.ofMillis(20)));
    assertThatThrownBy(() -> await(dropped)).hasCauseInstanceOf(TimeoutException.class);
    Future<Integer> next = submit("next");
    succeeds(0);
    succeeds(1);

    assertThat(await(next)).isEqualTo(4);
    assertThat(committed).containsExactly(List.of("a"), List.of("next"));
  }

  @Test
  void timeoutOfACallerFiresOnItsEventLoop() throws Exception {
    Promise<Boolean> onEventLoop = Promise.promise();
    assertThat(
            onLoop(
                () ->
                    group
                        .submit("slow")
                        .timeout(20, TimeUnit.MILLISECONDS)
                        .onComplete(late -> onEventLoop.complete(Context.isOnEventLoopThread()))))
        .isNotNull();

    assertThat(await(onEventLoop.future())).isTrue();
  }
}
