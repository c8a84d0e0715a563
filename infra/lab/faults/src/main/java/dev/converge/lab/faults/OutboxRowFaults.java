package dev.converge.lab.faults;

import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of an outbox that are inserted or changed by hand. The table must refuse rows that cannot be
 * published, and a changed row must not block the others.
 */
final class OutboxRowFaults {
  private static final int BOUND_SECONDS = 15;

  private static final String INSERT =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid,
                          traceparent)
      VALUES (gen_random_uuid(), ?, ?, 1, ?, ?, gen_random_uuid(), ?)
      """;

  private static final String NEWEST =
      "SELECT tableoid::regclass::text, id::text FROM outbox ORDER BY created_at DESC LIMIT 1";

  /** More than the broker takes in one record (message.max.bytes). */
  private static final int TOO_LARGE = 1_100_000;

  private OutboxRowFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(new Unpublishable(platform, domain, spec("outbox-rows-unpublishable", domain)));
      faults.add(new Changed(platform, domain, spec("outbox-row-changed", domain)));
    }
    return faults;
  }

  private static FaultSpec spec(String name, String domain) {
    return new FaultSpec(name, domain + "-db", "outbox", 0, 0, BOUND_SECONDS);
  }

  /** A row, by its columns. */
  private record Row(
      String topic, String aggregate, String type, String payload, @Nullable String traceparent) {
    /** One that the service of a domain could send. */
    static Row good(String domain) {
      List<Topology.Topic> topics = Topology.outputsOf(Topology.service(domain));
      String topic = topics.get(topics.size() - 1).name();
      return new Row(topic, "lab", "dev.converge.Lab.v1", "{\"lab\":true}", null);
    }

    Row of(String otherTopic) {
      return new Row(otherTopic, aggregate, type, payload, traceparent);
    }

    Row about(String otherAggregate) {
      return new Row(topic, otherAggregate, type, payload, traceparent);
    }

    Row named(String otherType) {
      return new Row(topic, aggregate, otherType, payload, traceparent);
    }

    Row saying(String otherPayload) {
      return new Row(topic, aggregate, type, otherPayload, traceparent);
    }

    Row tracedBy(String otherTraceparent) {
      return new Row(topic, aggregate, type, payload, otherTraceparent);
    }
  }

  private static Map<String, Row> unpublishable(Row good) {
    Map<String, Row> rows = new LinkedHashMap<>();
    rows.put("a payload of 1.1 MB", good.saying(large()));
    rows.put("a payload of 1.1 MB in 3-byte characters", good.saying("€".repeat(366_667)));
    rows.put("a traceparent of 1.1 MB", good.tracedBy(large()));
    rows.put("an aggregate of 1.1 MB", good.about(large()));
    rows.put("a type of 1.1 MB", good.named(large()));
    rows.put("a topic of 250 characters", good.of("t".repeat(250)));
    rows.put("a topic with a blank", good.of("order events"));
    rows.put("a topic without a name", good.of(""));
    rows.put("a topic called ..", good.of(".."));
    rows.put(
        "columns that are too large together",
        new Row(good.topic(), "a".repeat(300_000), "b".repeat(300_000), "c".repeat(500_000), null));
    return rows;
  }

  private static String large() {
    return "x".repeat(TOO_LARGE);
  }

  /** The service's own role inserts rows that no broker would accept. They are rolled back. */
  private record Unpublishable(Platform platform, String domain, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws IOException, SQLException {
      List<String> taken = new ArrayList<>();
      try (Connection connection = platform.connect(domain)) {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute("SET ROLE " + domain + "_service");
        }
        Row good = Row.good(domain);
        if (!isAccepted(connection, good)) {
          throw new IOException("the outbox of " + domain + "-db refuses a row that is good");
        }
        for (Map.Entry<String, Row> each : unpublishable(good).entrySet()) {
          if (isAccepted(connection, each.getValue())) {
            taken.add(each.getKey());
          }
        }
        connection.rollback();
      }
      if (!taken.isEmpty()) {
        throw new IOException("the outbox of " + domain + "-db takes " + taken);
      }
    }

    private static boolean isAccepted(Connection connection, Row row) throws SQLException {
      Savepoint before = connection.setSavepoint();
      try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
        insert.setString(1, row.topic());
        insert.setString(2, row.aggregate());
        insert.setString(3, row.type());
        insert.setString(4, row.payload());
        insert.setString(5, row.traceparent());
        insert.executeUpdate();
        return true;
      } catch (SQLException e) {
        // integrity constraint violation, data exception
        if (e.getSQLState() != null && e.getSQLState().matches("2[23].*")) {
          return false;
        }
        throw e;
      } finally {
        connection.rollback(before);
      }
    }

    @Override
    public void heal() {
      // Nothing was committed.
    }
  }

  /**
   * The owner updates a row: with the table as it is, which PostgreSQL may refuse, and with a
   * replica identity, by which the update is in the log as one that can be published.
   */
  private record Changed(Platform platform, String domain, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = platform.connect(domain);
          Statement statement = connection.createStatement()) {
        statement.execute("SET lock_timeout = '2s'");
        statement.execute("SET ROLE " + domain + "_owner");
        String partition;
        String id;
        try (ResultSet row = statement.executeQuery(NEWEST)) {
          if (!row.next()) {
            throw new IOException("the outbox of " + domain + "-db is empty");
          }
          partition = row.getString(1);
          id = row.getString(2);
        }
        String update = "UPDATE outbox SET traceparent = traceparent WHERE id = '" + id + "'";
        attempt(statement, List.of(update));
        attempt(
            statement,
            List.of(
                "BEGIN",
                "ALTER TABLE " + partition + " REPLICA IDENTITY FULL",
                update,
                "ALTER TABLE " + partition + " REPLICA IDENTITY DEFAULT",
                "COMMIT"));
      }
    }

    // That the table refuses it is as good.
    private static void attempt(Statement statement, List<String> all) throws SQLException {
      try {
        for (String each : all) {
          statement.execute(each);
        }
      } catch (SQLException refused) {
        statement.execute("ROLLBACK");
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      new OutboxSlot(platform, domain).awaitDrained();
    }
  }
}
