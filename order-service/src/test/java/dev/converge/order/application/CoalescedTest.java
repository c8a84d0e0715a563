package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: each caller gets a run that began after its call, and callers share runs. */
class CoalescedTest {
  private final List<Promise<Integer>> runs = new ArrayList<>();
  private final Coalesced<Integer> coalesced = new Coalesced<>(this::begin);

  private Future<Integer> begin() {
    Promise<Integer> run = Promise.promise();
    runs.add(run);
    return run.future();
  }

  @Test
  void callersDuringARunShareTheNextOne() {
    Future<Integer> first = coalesced.run();
    Future<Integer> second = coalesced.run();
    Future<Integer> third = coalesced.run();
    assertThat(runs).hasSize(1);

    runs.get(0).complete(1);
    assertThat(first.result()).isEqualTo(1);
    assertThat(second.isComplete()).isFalse();
    assertThat(runs).hasSize(2);

    runs.get(1).complete(2);
    assertThat(second.result()).isEqualTo(2);
    assertThat(third.result()).isEqualTo(2);
    assertThat(runs).hasSize(2);
  }

  @Test
  void runThatFailsIsTheFailureOfItsCallersAlone() {
    Future<Integer> first = coalesced.run();
    Future<Integer> second = coalesced.run();
    runs.get(0).fail("lost");
    assertThat(first.failed()).isTrue();
    runs.get(1).complete(2);
    assertThat(second.result()).isEqualTo(2);
  }
}
