package dev.converge.platform;

/** The databases of the embedded platform: their servers, and their schemas. */
final class Databases {
  private final Layout layout;
  private final NodePorts nodePorts;
  private final Passwords passwords;
  private final Migrations migrations;

  Databases(NodePorts nodePorts, Passwords passwords) {
    this.layout = nodePorts.layout();
    this.nodePorts = nodePorts;
    this.passwords = passwords;
    this.migrations = new Migrations(layout, passwords);
  }

  /** The database of a service, on its primary. */
  Database of(String domain) {
    return at(domain, nodePorts.ports().of(Topology.service(domain).database()));
  }

  /** The database of a service, on one node. */
  Database node(Part part) {
    return at(part.domain(), nodePorts.of(part));
  }

  private static Database at(String domain, int port) {
    return new Database(domain, Topology.service(domain).databaseName(), "127.0.0.1", port);
  }

  DatabaseServer server(Part part) {
    return new DatabaseServer(part, node(part), layout, passwords);
  }

  /** Refuses data folders that this version cannot use, before their servers are started. */
  void requireUsableData() {
    for (Part part : nodePorts.scale().nodes(Role.Kind.DATABASE)) {
      server(part).requireUsable();
    }
  }

  /** Refuses schemas that this version cannot use; changes none. */
  void requireUsable() {
    migrations.requireUsable(Topology.domains().stream().map(this::of).toList());
  }

  /** Brings a running database to the schema of its service. */
  void migrate(String domain) {
    migrations.run(of(domain));
    RepairFunctions.addTo(of(domain), layout, passwords.superuser());
  }

  /** Brings a running database to the schema of the outbox alone. */
  void migrateOutbox(String domain) {
    migrations.runOutbox(of(domain));
  }
}
