package dev.converge.outbox.delivery;

import dev.converge.outbox.delivery.Verification.Passed;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** The topic that a consumer reads, and the positions in the inbox's own database. */
public interface ConsumedTopic {
  /** Reads the topic's id and the group's committed offsets. No turn waits for it. */
  Future<TopicState> read();

  /** Reads the next offset to handle, per partition of the topic with this id. */
  Future<Map<Partition, Long>> positions(String topicId);

  /** Moves the positions forward. */
  Future<Void> move(ConsumerPosition to);

  /** Reports that the topic could not be read. */
  void notRead(Throwable cause);

  /** Reports that the topic was recreated and is read from its start. */
  void recreated();

  /** Reports entries that committed offsets had passed unhandled. They are read again. */
  void passed(List<Passed> passed);
}
