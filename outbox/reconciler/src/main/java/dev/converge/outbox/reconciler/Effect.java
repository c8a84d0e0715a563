package dev.converge.outbox.reconciler;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import io.vertx.core.Future;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** An action that a round has decided. A round's effects are executed one after the other. */
sealed interface Effect {
  Future<Void> execute(Target target);

  /** Executes effects; each kind has its method. */
  interface Target {
    Future<Void> report(Report report);

    Future<Void> log(Log log);

    Future<Void> recreateSlot();

    Future<Void> recreateTopics(RecreateTopics recreate);

    Future<Void> compareAgain(CompareAgain again);

    Future<Void> checkPublishable(CheckPublishable check);

    Future<Void> republish(Republish republish);

    Future<Void> saveProgress(SaveProgress save);
  }

  /** Shows cases of a check to operators for a while. */
  record Report(Check check, List<String> cases) implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.report(this);
    }
  }

  record Log(Level level, String message) implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.log(this);
    }
  }

  /** Drops a slot that was invalidated and creates it again. A failure does not end the round. */
  record RecreateSlot() implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.recreateSlot();
    }
  }

  /**
   * Creates topics that are absent.
   *
   * @param known the shapes of topics when they were last seen
   */
  record RecreateTopics(Set<String> topics, Map<String, TopicShape> known) implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.recreateTopics(this);
    }
  }

  /**
   * Requests, in the database, that rows are compared again. Every reconciler of the outbox goes
   * back to the first of them in its next round, this one too.
   *
   * @param topics the topics with the change that requires this: it is not detected twice
   */
  record CompareAgain(OffsetDateTime from, OffsetDateTime to, Map<String, SeenTopic> topics)
      implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.compareAgain(this);
    }
  }

  /** Checks which missing rows can be published; {@link Round#checked} continues. */
  record CheckPublishable(List<Row> missing) implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.checkPublishable(this);
    }
  }

  /**
   * Writes copies of rows, for the connector to publish; {@link Round#republished} continues.
   *
   * @param missing the rows that were checked
   * @param publishable those of them that can be published
   */
  record Republish(List<Row> missing, List<Row> publishable) implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.republish(this);
    }
  }

  /**
   * Saves the position in the database: the next reconciler continues from there.
   *
   * @param repeatTo the end of the repeated comparison that this reconciler knows of
   */
  record SaveProgress(
      OffsetDateTime comparedTo, Map<String, SeenTopic> topics, @Nullable OffsetDateTime repeatTo)
      implements Effect {
    @Override
    public Future<Void> execute(Target target) {
      return target.saveProgress(this);
    }
  }
}
