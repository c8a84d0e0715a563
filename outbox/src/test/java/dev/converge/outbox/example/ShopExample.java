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
import dev.converge.outbox.housekeeping.ConnectorTemplate;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;

/**
 * The code of the library's README: a shop that publishes purchases, and a consumer that writes
 * receipts. ReadmeIT compares the two and runs it.
 */
public final class ShopExample {
  private final Vertx vertx;
  private final Pool pool;
  private final Outbox outbox;
  private final DeadLetters deadLetters;

  public ShopExample(Vertx vertx, Pool pool) {
    this.vertx = vertx;
    this.pool = pool;
    this.outbox = Outbox.create();
    this.deadLetters = new DeadLetters(pool);
  }

  /** Creates the library's tables. */
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

  /** Appends a message in the transaction that stores the purchase. */
  public Future<UUID> purchase(String customer) {
    UUID id = UUID.randomUUID();
    OutboxMessage purchased =
        new OutboxMessage(
            "shop.purchases", // the topic
            id.toString(), // the aggregate: the record's key
            1, // its first message
            TYPES.encode(new Purchased(id, customer)));
    return pool.withTransaction(
            tx ->
                tx.preparedQuery("INSERT INTO purchase (id, customer) VALUES ($1, $2)")
                    .execute(Tuple.of(id, customer))
                    .compose(inserted -> outbox.append(tx, List.of(purchased))))
        .map(id);
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

  /** Keeps partitions and connector. Registers the connector first if it does not exist. */
  public Future<String> keep(URI connect, String kafka, ConnectorTemplate.Database database) {
    JsonObject connector = ConnectorTemplate.fill("shop", database);
    return vertx.deployVerticle(
        new OutboxHousekeeping(
            OutboxHousekeeping.Config.of(connect, "shop-outbox", connector, kafka), pool));
  }

  /** Starts the consumer. Undeploying it stops it after the current batch. */
  public Future<String> consume(String kafka) {
    return vertx.deployVerticle(
        new MessageConsumer(
            ConsumerConfig.of("receipts", "shop.purchases", kafka), pool, new Receipts()));
  }

  /** The oldest dead letters. */
  public Future<DeadLetters.Page> deadLetters() {
    return deadLetters.listParked(null, 100);
  }

  /** Passes one to its handler again, after the cause was repaired. */
  public Future<Boolean> replay(DeadLetter letter) {
    return deadLetters.replay(letter.id(), "receipts", new Receipts());
  }
}
