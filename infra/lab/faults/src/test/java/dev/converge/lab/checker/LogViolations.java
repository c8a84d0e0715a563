package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;

import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Interventions.SlotLoss;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import java.util.List;
import java.util.stream.Stream;

/** Violations of the log and of the slots: I21, I24 and I29. */
final class LogViolations {
  private LogViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(log(), slots(), known()).flatMap(List::stream).toList();
  }

  private static List<BrokenRun> log() {
    return List.of(
        broken(
            "I21",
            "an offset is seen twice",
            run -> run.topics.add(run.last("order.replies", COMPLETED))),
        broken(
            "I21",
            "an offset is skipped",
            run -> run.topics.remove(run.last("inventory.commands", DECLINED))),
        broken(
            "I21",
            "two views show different records at one offset",
            run ->
                run.uncommitted =
                    run.topics.stream()
                        .map(each -> ConstructedRun.with(each, each.place(), "other"))
                        .toList()),
        broken(
            "I21",
            "an aborted record is read uncommitted",
            run -> {
              run.uncommitted = List.copyOf(run.topics);
              run.topics.remove(run.topics.size() - 1);
            }),
        broken(
            "I21",
            "a consumer committed an offset beyond the end",
            run ->
                run.offsets.replaceAll(
                    at -> new OffsetRow(at.consumer(), at.topic(), 0, at.end() + 1, at.end()))));
  }

  private static List<BrokenRun> known() {
    return List.of(
        broken(
            "I29",
            "the sender's database does not know a message of a topic",
            run -> run.outbox.removeIf(row -> row.id().equals(run.topics.get(0).id()))),
        broken(
            "I29",
            "another database knows a message, and that of its sender does not",
            run -> {
              TopicRecord first = run.topics.get(0);
              run.topics.set(
                  0,
                  new TopicRecord(
                      first.place(),
                      first.id(),
                      "/another-service",
                      first.key(),
                      first.sequence(),
                      first.payloadHash(),
                      first.poison()));
            }),
        broken(
            "I29",
            "a message that no database knows was handled",
            run -> {
              run.poison.clear();
              run.foreign.clear();
              run.topics.removeIf(each -> !each.poison().isEmpty());
              run.inbox.add(new InboxRow("order-service", "unknown", 5));
            }));
  }

  private static List<BrokenRun> slots() {
    return List.of(
        broken(
            "I24",
            "a slot is absent and was not dropped",
            run -> {
              run.slotLosses.add(new SlotLoss("payment", 3_000_000, false));
              run.slotSamples.add(new SlotSample(3_000_000, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot that was dropped stays absent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
              run.slotSamples.add(new SlotSample(63_000_001, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot is absent when quiescent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3, false));
              run.slotsWhenQuiescent.add(new SlotSample(4, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot holds back too much",
            run -> run.slotSamples.add(new SlotSample(3, "order", (4L << 30) + 1, "extended"))),
        broken(
            "I24",
            "a slot is lost",
            run -> run.slotSamples.add(new SlotSample(3, "order", 0, "lost"))),
        broken(
            "I24",
            "a slot that was dropped is lost",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
              run.slotSamples.add(new SlotSample(4_000_000, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot that was invalidated stays lost",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, true));
              run.slotSamples.add(new SlotSample(63_000_001, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot is lost when quiescent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3, true));
              run.slotsWhenQuiescent.add(new SlotSample(4, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot stays behind",
            run ->
                run.slotsWhenQuiescent.add(new SlotSample(4, "payment", 64L << 20, "reserved"))));
  }
}
