package dev.converge.lab.simulation;

import dev.converge.outbox.delivery.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One service's database, as far as the outbox library uses it: transactions that take effect as a
 * whole or not at all, locks on rows, the outbox in the order of commits. The service's own tables
 * are elsewhere.
 */
final class Database {
  /** A message that could not be handled. */
  record DeadLetter(Topic.Entry entry, String reason, boolean replayed) {}

  private final World world;
  private final String name;
  private final List<Message> outbox = new ArrayList<>();
  private final Set<Long> inbox = new HashSet<>();
  private final Map<Partition, Long> positions = new LinkedHashMap<>();
  private final Map<Long, DeadLetter> deadLetters = new LinkedHashMap<>();
  private final Map<Long, Integer> effects = new HashMap<>();
  private final Set<Row> locks = new HashSet<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private Runnable afterCommit = () -> {};
  private Runnable onOutbox = () -> {};

  Database(World world, String name) {
    this.world = world;
    this.name = name;
  }

  String name() {
    return name;
  }

  World world() {
    return world;
  }

  /** The messages committed so far, in the order of their commits. */
  List<Message> outbox() {
    return outbox;
  }

  boolean hasSeen(long message) {
    return inbox.contains(message);
  }

  int messagesSeen() {
    return inbox.size();
  }

  /** The consumer's position in each partition: everything before it is handled. */
  Map<Partition, Long> positions() {
    return positions;
  }

  Map<Long, DeadLetter> deadLetters() {
    return deadLetters;
  }

  /** How often a message has had its effect: a witness that no decision reads. */
  int effects(long message) {
    return effects.getOrDefault(message, 0);
  }

  /** Runs a check after every commit. */
  void afterCommit(Runnable check) {
    afterCommit = check;
  }

  /** Registers a listener for new messages to publish. */
  void onOutbox(Runnable reader) {
    onOutbox = reader;
  }

  Transaction begin(Instance owner) {
    return new Transaction(this, owner);
  }

  /** Tries again when a transaction has ended. */
  void whenFree(Runnable again) {
    waiting.add(again);
  }

  void lock(Row row) {
    locks.add(row);
  }

  boolean isLocked(Row row) {
    return locks.contains(row);
  }

  void unlock(Row row) {
    locks.remove(row);
  }

  void ended() {
    waiting.forEach(world.schedule()::soon);
    waiting.clear();
  }

  void seen(long message) {
    inbox.add(message);
  }

  void hadEffect(long message) {
    effects.merge(message, 1, Integer::sum);
  }

  void append(List<Message> messages) {
    if (!messages.isEmpty()) {
      outbox.addAll(messages);
      onOutbox.run();
    }
  }

  void committed() {
    afterCommit.run();
  }
}
