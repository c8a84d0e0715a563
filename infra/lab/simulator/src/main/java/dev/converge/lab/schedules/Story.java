package dev.converge.lab.schedules;

import java.util.ArrayList;
import java.util.List;

/** Records what happens, as far as someone reads it. */
interface Story {
  Story IGNORED =
      new Story() {
        @Override
        public void sent(String from, String to, String text) {}

        @Override
        public void arrived(String from, String to, String text) {}

        @Override
        public void note(String node, String text) {}
      };

  /** A message is sent. It may arrive later, or never. */
  void sent(String from, String to, String text);

  void arrived(String from, String to, String text);

  /** Something happens at a node alone. */
  void note(String node, String text);

  /** An event of a recorded story. */
  record Event(Kind kind, String from, String to, String text) {
    /** The kind of event. */
    enum Kind {
      SENT,
      ARRIVED,
      NOTE
    }

    boolean isArrivalOf(Event sent) {
      return kind == Kind.ARRIVED
          && from.equals(sent.from)
          && to.equals(sent.to)
          && text.equals(sent.text);
    }
  }

  /** A story that keeps its events. */
  final class Recorded implements Story {
    private final List<Event> events = new ArrayList<>();

    @Override
    public void sent(String from, String to, String text) {
      events.add(new Event(Event.Kind.SENT, from, to, text));
    }

    @Override
    public void arrived(String from, String to, String text) {
      events.add(new Event(Event.Kind.ARRIVED, from, to, text));
    }

    @Override
    public void note(String node, String text) {
      events.add(new Event(Event.Kind.NOTE, node, node, text));
    }

    List<Event> events() {
      return List.copyOf(events);
    }
  }
}
