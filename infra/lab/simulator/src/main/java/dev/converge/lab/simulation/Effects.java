package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What has happened to stock and money for each order, in order: a witness no decision reads. */
final class Effects {
  /** A change of stock or of money. */
  enum Kind {
    RESERVED,
    RELEASED,
    SHIPPED,
    CAPTURED,
    REFUNDED
  }

  private final Map<UUID, List<Kind>> effects = new LinkedHashMap<>();

  void add(UUID order, Kind kind) {
    effects.computeIfAbsent(order, first -> new ArrayList<>()).add(kind);
  }

  List<Kind> of(UUID order) {
    return effects.getOrDefault(order, List.of());
  }

  int count(UUID order, Kind kind) {
    return Collections.frequency(of(order), kind);
  }
}
