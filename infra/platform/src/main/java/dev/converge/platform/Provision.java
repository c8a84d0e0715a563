package dev.converge.platform;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * One-shot set-up of databases, topics and connectors that something else has started, such as
 * compose. The embedded platform does the same with the same code.
 */
final class Provision {
  private Provision() {}

  private static Path root() {
    return Path.of(System.getenv().getOrDefault("CONVERGE_ROOT", "")).toAbsolutePath();
  }

  @Command(
      name = "migrate",
      hidden = true,
      description = "Migrates the databases at ORDER_DB_HOST and so on.")
  static final class Migrate implements Callable<Integer> {
    @Override
    public Integer call() {
      Map<String, String> environment = System.getenv();
      Layout layout = new Layout(root(), root().resolve(".converge"));
      Migrations migrations = new Migrations(layout, Passwords.from(environment));
      List<Database> databases =
          Topology.domains().stream().map(domain -> database(domain, environment)).toList();
      migrations.requireUsable(databases);
      for (Database database : databases) {
        migrations.run(database);
        RepairFunctions.addTo(database, layout, Passwords.from(environment));
        System.out.println(database.name() + " is migrated");
      }
      return 0;
    }

    private static Database database(String domain, Map<String, String> environment) {
      String prefix = Topology.service(domain).database().role() + "_";
      return new Database(
          domain,
          Topology.service(domain).databaseName(),
          environment.getOrDefault(prefix + "HOST", "127.0.0.1"),
          Integer.parseInt(environment.getOrDefault(prefix + "PORT", "5432")));
    }
  }

  @Command(
      name = "register",
      hidden = true,
      description = "Creates the topics and registers the connectors; ends when their tasks run.")
  static final class Register implements Callable<Integer> {
    @Override
    public Integer call() {
      Map<String, String> environment = System.getenv();
      Layout layout = new Layout(root(), root().resolve(".converge"));
      Topics.create(
          environment.getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
          Integer.parseInt(environment.getOrDefault("BROKERS", "1")),
          layout.infra("kafka/topics.properties"));
      System.out.println("topics are created");
      Connectors connectors =
          new Connectors(
              environment.getOrDefault("CONNECT_URL", "http://127.0.0.1:8083"), new Http());
      for (Topology.Service service : Topology.SERVICES) {
        String connector = service.connector();
        if (connectors.register(layout.infra("debezium/" + connector + ".json"))) {
          System.out.println("connector " + connector + " is running");
        }
      }
      return 0;
    }
  }
}
