package dev.converge.platform;

import java.util.Iterator;
import java.util.List;

/** The words with which a shell completes a command; see {@code generate-completion}. */
final class Completions {
  private Completions() {}

  /** Names of parts. */
  static final class Parts implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Part.all().stream().filter(Part::isFirst).map(Part::id).iterator();
    }
  }

  /** Kinds of orders: those of the console. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of(
              "completes",
              "out-of-stock",
              "card-declined",
              "cancelled",
              "slow-provider",
              "provider-fails",
              "answer-lost",
              "payment-killed")
          .iterator();
    }
  }

  /** Behaviours of the simulated provider. */
  static final class Behaviours implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("NORMAL", "DECLINE", "SLOW", "FAIL", "LOSE_ANSWER").iterator();
    }
  }
}
