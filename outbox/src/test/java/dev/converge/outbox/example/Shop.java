package dev.converge.outbox.example;

import dev.converge.outbox.*;
import dev.converge.outbox.housekeeping.*;
import io.vertx.core.*;
import io.vertx.pgclient.*;
import io.vertx.sqlclient.*;
import java.net.URI;
import java.util.*;

/** Publishes purchases, and writes receipts. The code of the library's README. */
public final class Shop {
  record Purchased(UUID purchaseId, String customer) {}

  static final MessageTypes TYPES =
      new MessageTypes(Map.of("com.example.shop.Purchased.v1", Purchased.class));

  private final Vertx vertx;
  private final Pool pool;
  private final Outbox outbox = Outbox.create();

  public Shop(Vertx vertx, Pool pool) {
    this.vertx = vertx;
    this.pool = pool;
  }

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

  public Future<String> run(String kafka, URI connect, ConnectorTemplate.Database database) {
    var consumer =
        new MessageConsumer(
            ConsumerConfig.of("receipts", "shop.purchases", kafka), pool, new Receipts());
    var housekeeping =
        new OutboxHousekeeping(
            OutboxHousekeeping.Config.of(
                connect, "shop-outbox", ConnectorTemplate.fill("shop", database), kafka),
            pool);
    return vertx.deployVerticle(consumer).compose(deployed -> vertx.deployVerticle(housekeeping));
  }

  public static void main(String[] args) {
    Vertx vertx = Vertx.vertx();
    var login =
        new PgConnectOptions()
            .setDatabase("shop")
            .setUser("shop_service")
            .setPassword("change-me-2");
    Shop shop = new Shop(vertx, PgBuilder.pool().using(vertx).connectingTo(login).build());
    // As Kafka Connect reaches the database.
    var database =
        new ConnectorTemplate.Database("localhost", "5432", "shop", "shop_debezium", "change-me-3");
    shop.run("localhost:9092", URI.create("http://localhost:8083"), database)
        .compose(running -> shop.purchase("Ada"))
        .onSuccess(id -> System.out.println("purchased: " + id))
        .onFailure(Throwable::printStackTrace);
  }
}
