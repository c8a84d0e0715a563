package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Database.DeadLetter;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaStatus;
import java.util.List;

/** The operator: retries stuck sagas and replays dead letters. */
final class Operator {
  private final World world;

  Operator(World world) {
    this.world = world;
  }

  /** Retries the stuck sagas; returns whether there were any. */
  boolean retryStuckSagas() {
    List<SagaInstance> stuck =
        world.orders().tables().sagas().values().stream()
            .filter(saga -> saga.status() == SagaStatus.STUCK)
            .toList();
    OrderIntake intake = world.orders().anyIntake();
    if (intake == null) {
      return !stuck.isEmpty();
    }
    for (SagaInstance saga : stuck) {
      world.count(CoveragePoint.SAGA_RETRIED_BY_OPERATOR);
      intake.signal(saga.orderId(), Trigger.RETRY_REQUESTED);
    }
    return !stuck.isEmpty();
  }

  /** Replays the dead letters that can now be handled; returns whether there were any. */
  boolean replayDeadLetters() {
    boolean replayed = false;
    for (ConsumerGroup group : world.groups()) {
      replayed |= replay(group);
    }
    return replayed;
  }

  private boolean replay(ConsumerGroup group) {
    List<DeadLetter> letters =
        group.database().deadLetters().values().stream()
            .filter(letter -> !letter.replayed())
            .filter(letter -> world.isTroubled(letter.entry().message()))
            .toList();
    List<Consumer> live = group.members().stream().filter(Consumer::isUp).toList();
    if (!live.isEmpty()) {
      letters.forEach(letter -> live.get(0).replay(letter));
    }
    return !letters.isEmpty();
  }
}
