package dev.converge.outbox;

import dev.converge.outbox.delivery.ConsumedTopic;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.TopicState;
import dev.converge.outbox.delivery.Verification.Passed;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer's topic in Kafka, and its positions in the inbox's database. */
final class KafkaTopic implements ConsumedTopic {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaTopic.class);

  private final Vertx vertx;
  private final ConsumerConfig config;
  private final Pool pool;
  private final InboxPositions positions;
  private final ConsumerFindings findings;
  private @Nullable TopicStateReader reader;

  KafkaTopic(Vertx vertx, ConsumerConfig config, Pool pool, ConsumerFindings findings) {
    this.vertx = vertx;
    this.config = config;
    this.pool = pool;
    this.positions = new InboxPositions(config.name(), config.topic());
    this.findings = findings;
  }

  @Override
  public Future<TopicState> read() {
    return vertx.executeBlocking(() -> reader().read());
  }

  // A verticle's blocking code runs in sequence, so only one reader is created.
  private TopicStateReader reader() {
    TopicStateReader created = reader;
    if (created == null) {
      created = new TopicStateReader(config);
      reader = created;
    }
    return created;
  }

  @Override
  public Future<Map<Partition, Long>> positions(String topicId) {
    return positions.read(pool, topicId);
  }

  @Override
  public Future<Void> move(ConsumerPosition to) {
    return positions.move(pool, to);
  }

  @Override
  public void notRead(Throwable cause) {
    LOG.warn("{}: topic {} not checked: {}", config.name(), config.topic(), String.valueOf(cause));
    findings.failed(cause);
  }

  @Override
  public void recreated() {
    LOG.warn("{}: topic {} was recreated: reading from its start", config.name(), config.topic());
  }

  @Override
  public void passed(List<Passed> passed) {
    findings.passed(passed);
  }

  Future<Void> close() {
    TopicStateReader open = reader;
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }
}
