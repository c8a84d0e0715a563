package dev.converge.lab.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The invariants of messages: publication, order, inbox, offsets and dead letters. */
final class MessageInvariants {
  private MessageInvariants() {}

  /** The invariants of a quiescent system. */
  static void whenQuiescent(World world) {
    world.topics().values().forEach(MessageInvariants::order);
    world.databases().forEach(database -> published(world, database));
    world.groups().forEach(group -> consumed(world, group));
  }

  /** I20: a committed offset never passes a record that no transaction has marked as seen. */
  static void offsetCovers(Database database, List<Topic.Entry> entries) {
    covers(database, "the offset of ", entries);
  }

  /** I20: the position of a consumer never passes a record that no transaction has marked. */
  static void positionCovers(Database database, List<Topic.Entry> entries) {
    covers(database, "the position of ", entries);
  }

  private static void covers(Database database, String what, List<Topic.Entry> entries) {
    for (Topic.Entry entry : entries) {
      Message message = entry.message();
      Violation.unless(
          database.hasSeen(message.id()),
          "I20",
          message.order(),
          what + database.name() + " passes " + message.name() + ", not in the inbox");
    }
  }

  /** I17: an order's records are in one partition, in the order in which they were sent. */
  private static void order(Topic topic) {
    Map<UUID, Integer> partitions = new HashMap<>();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      Set<Long> known = new HashSet<>();
      Map<String, Long> last = new HashMap<>();
      for (Topic.Entry entry : topic.partition(p)) {
        Message message = entry.message();
        UUID id = message.order();
        Integer partition = partitions.putIfAbsent(id, p);
        Violation.unless(
            partition == null || partition == p, "I17", id, topic.name() + ": two partitions");
        if (known.add(message.id())) {
          Long before = last.put(message.source() + id, message.sequence());
          Violation.unless(
              before == null || before < message.sequence(),
              "I17",
              id,
              topic.name() + ": " + message.name() + " follows sequence " + before);
        }
      }
    }
  }

  /** I15, I16, I17: exactly the committed messages are published, and no number is missing. */
  private static void published(World world, Database database) {
    Map<Long, Message> published = new HashMap<>();
    for (Topic topic : world.topics().values()) {
      for (int p = 0; p < Topic.PARTITIONS; p++) {
        topic.partition(p).stream()
            .map(Topic.Entry::message)
            .filter(message -> message.source().equals(database.name()))
            .forEach(message -> published.put(message.id(), message));
      }
    }
    Map<UUID, Long> sequences = new HashMap<>();
    for (Message message : database.outbox()) {
      UUID id = message.order();
      Violation.unless(
          message.equals(published.remove(message.id())),
          "I15",
          id,
          message.name() + " was committed and not published");
      long sequence = sequences.merge(id, 1L, Long::sum);
      Violation.unless(
          message.sequence() == sequence,
          "I17",
          id,
          message.name() + " has number " + message.sequence() + ", not " + sequence);
    }
    Violation.unless(
        published.isEmpty(), "I16", null, "published and never committed: " + published);
  }

  /** I19, I20, I22: each record is seen once and has its effect once, or is a dead letter. */
  private static void consumed(World world, ConsumerGroup group) {
    Database database = group.database();
    Set<Long> ids = new HashSet<>();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      List<Topic.Entry> log = group.topic().partition(p);
      Violation.unless(group.isDone(p), "I20", null, "records are left over: " + group);
      for (Topic.Entry entry : log) {
        if (ids.add(entry.message().id())) {
          consumed(world, database, entry.message());
        }
      }
    }
    Violation.unless(
        database.messagesSeen() == ids.size(),
        "I19",
        null,
        "the inbox has messages that are not in the topic");
    database.deadLetters().forEach((id, letter) -> parked(group, letter));
  }

  private static void consumed(World world, Database database, Message message) {
    boolean unreadable = message.payload() instanceof Message.Unreadable;
    boolean atFault = unreadable || world.isTroubled(message);
    Database.DeadLetter letter = database.deadLetters().get(message.id());
    Violation.unless(
        atFault == (letter != null),
        "I22",
        message.order(),
        letter == null
            ? message.name() + " is not among the dead letters"
            : message.name() + " is a dead letter: " + letter.reason());
    Violation.unless(
        database.hasSeen(message.id()) && database.effects(message.id()) == (unreadable ? 0 : 1),
        "I19",
        message.order(),
        message.name() + " has had its effect " + database.effects(message.id()) + " times");
  }

  private static void parked(ConsumerGroup group, Database.DeadLetter letter) {
    Topic.Entry entry = letter.entry();
    Violation.unless(
        entry.equals(group.topic().partition(entry.partition()).get(entry.offset())),
        "I22",
        entry.message().order(),
        "not a record of the topic: " + entry.message().name());
  }
}
