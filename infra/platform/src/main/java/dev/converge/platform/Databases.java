package dev.converge.platform;

/** The databases of the embedded platform: their servers, and their schemas. */
final class Databases {
  private final Layout layout;
  private final Ports ports;
  private final Passwords passwords;
  private final Migrations migrations;

  Databases(Layout layout, Ports ports, Passwords passwords) {
    this.layout = layout;
    this.ports = ports;
    this.passwords = passwords;
    this.migrations = new Migrations(layout, passwords);
  }

  /** The database of a service. */
  Database of(String domain) {
    Topology.Service service = Topology.service(domain);
    return new Database(domain, service.databaseName(), "127.0.0.1", ports.of(service.database()));
  }

  DatabaseServer server(Part part) {
    return new DatabaseServer(part, of(part.domain()), layout, passwords);
  }

  /** Refuses data folders that this version cannot use, before their servers are started. */
  void requireUsableData() {
    for (Part part : Topology.databaseParts()) {
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
