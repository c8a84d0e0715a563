package dev.converge.outbox.example;

import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.ConsumerConfig;
import dev.converge.outbox.DeadLetter;
import dev.converge.outbox.DeadLetters;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.MessageTypes;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.OutboxTables;
import dev.converge.outbox.UnprocessableMessageException;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The code of the library's README: a shop that tells of purchases, and receipts that hear of them.
 * ReadmeIT compares the two and runs it.
 */
public final class ShopExample {
  private static final Logger LOG = LoggerFactory.getLogger(ShopExample.class);
  private static final String TOPIC = "shop.purchases";

  private final Vertx vertx;
  private final Pool pool;
  private final Outbox outbox;
  private final DeadLetters deadLetters;
  private final Tracer tracer;
  private final MeterRegistry meters;

  public ShopExample(Vertx vertx, Pool pool, Tracer tracer, MeterRegistry meters) {
    this.vertx = vertx;
    this.pool = pool;
    this.outbox = new Outbox(tracer);
    this.deadLetters = new DeadLetters(pool);
    this.tracer = tracer;
    this.meters = meters;
  }

  /** Makes the library's tables. */
  public static void migrate(String jdbcUrl, String owner, String password) {
    Flyway.configure()
        .dataSource(jdbcUrl, owner, password)
        .locations("classpath:" + OutboxTables.MIGRATIONS)
        .table("outbox_schema_history")
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }

  record Purchased(UUID purchaseId, String customer) {}

  static final MessageTypes TYPES =
      new MessageTypes(Map.of("com.example.shop.Purchased.v1", Purchased.class));

  /** Appends a message in the transaction that makes it true. */
  public Future<UUID> purchase(String customer) {
    UUID id = UUID.randomUUID();
    return pool.withTransaction(
            tx ->
                tx.preparedQuery("INSERT INTO purchase (id, customer) VALUES ($1, $2)")
                    .execute(Tuple.of(id, customer))
                    .compose(inserted -> outbox.append(tx, List.of(purchased(id, customer)))))
        .map(id);
  }

  private static OutboxMessage purchased(UUID id, String customer) {
    return new OutboxMessage(
        TOPIC,
        id.toString(), // the aggregate: the record key
        1, // its first message
        TYPES.encode(new Purchased(id, customer)));
  }

  /** Writes a receipt for each purchase. */
  public static final class Receipts implements MessageHandler {
    @Override
    public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
      List<Tuple> receipts = new ArrayList<>();
      for (InboundMessage message : batch) {
        if (!(TYPES.decode(message) instanceof Purchased purchased)) {
          throw new UnprocessableMessageException("not for receipts: " + message.type());
        }
        receipts.add(Tuple.of(purchased.purchaseId(), purchased.customer()));
      }
      return tx.preparedQuery("INSERT INTO receipt (purchase_id, customer) VALUES ($1, $2)")
          .executeBatch(receipts)
          .map(AfterCommit.NOTHING);
    }
  }

  /** Starts the consumer. Undeploying it ends it after the batch in hand. */
  public Future<String> consume(String bootstrapServers) {
    return vertx.deployVerticle(
        new MessageConsumer(
            ConsumerConfig.of("receipts", TOPIC, bootstrapServers),
            pool,
            new Receipts(),
            tracer,
            meters));
  }

  /** Keeps seven days of published rows and thirty of handled ids. */
  public Future<Void> maintainPartitions() {
    vertx.setPeriodic(
        TimeUnit.HOURS.toMillis(1),
        timer ->
            OutboxTables.maintain(pool, 7, 30)
                .onFailure(cause -> LOG.error("partitions not maintained", cause)));
    return OutboxTables.maintain(pool, 7, 30);
  }

  /** The oldest dead letters. */
  public Future<DeadLetters.Page> deadLetters() {
    return deadLetters.list(null, 100);
  }

  /** Hands one to its handler once more, after what was wrong has been put right. */
  public Future<Boolean> replay(DeadLetter letter) {
    return deadLetters.replay(letter.id(), "receipts", new Receipts());
  }
}
