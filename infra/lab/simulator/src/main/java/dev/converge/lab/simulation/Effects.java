package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The effects on stock and money of each order, in order: a witness that no decision reads. An
 * effect has the name of the reply that reports it.
 */
final class Effects {
  private final Map<UUID, List<String>> effects = new LinkedHashMap<>();

  void add(UUID order, String reply) {
    effects.computeIfAbsent(order, first -> new ArrayList<>()).add(reply);
  }

  List<String> of(UUID order) {
    return effects.getOrDefault(order, List.of());
  }

  int count(UUID order, String reply) {
    return Collections.frequency(of(order), reply);
  }
}
