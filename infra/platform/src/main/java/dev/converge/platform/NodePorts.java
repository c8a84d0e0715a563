package dev.converge.platform;

import java.util.List;

/**
 * The roles of the databases' nodes, and where each listens. The primary of a database always has
 * the port of the first node, so that its clients need not know which node it is.
 */
record NodePorts(Layout layout, Ports ports, Scale scale) {
  /** The stored roles of a database's nodes. */
  DatabaseNodes nodes(Role database) {
    return DatabaseNodes.load(layout.state(), names(database));
  }

  /** Whether a database has standbys. */
  boolean hasStandbys(Role database) {
    return scale.of(database) > 1;
  }

  void save(Role database, DatabaseNodes nodes) {
    nodes.save(layout.state(), database.id());
  }

  /** The roles as they are with the present number of nodes. */
  DatabaseNodes resized(Role database) {
    return nodes(database).resized(names(database));
  }

  /** The primary of a database. */
  Part primary(Role database) {
    return hasStandbys(database) ? Part.of(nodes(database).primary()) : Part.of(database, 1);
  }

  /** The standbys of a database. */
  List<Part> standbys(Role database) {
    return hasStandbys(database)
        ? nodes(database).standbys().stream().map(Part::of).toList()
        : List.of();
  }

  /** Where a part listens. */
  int of(Part part) {
    return ports.of(portOwner(part));
  }

  /** The node that listens at the port of a part. */
  Part listenerAt(Part part) {
    return part.isDatabase() && hasStandbys(part.role()) && scale.nodes(part.role()).contains(part)
        ? Part.of(nodes(part.role()).nodes().get(part.ordinal() - 1))
        : part;
  }

  /** The part whose port a node listens at. */
  Part portOwner(Part node) {
    return node.isDatabase() && hasStandbys(node.role())
        ? Part.of(node.role(), nodes(node.role()).nodes().indexOf(node.id()) + 1)
        : node;
  }

  private List<String> names(Role database) {
    return scale.nodes(database).stream().map(Part::id).toList();
  }
}
