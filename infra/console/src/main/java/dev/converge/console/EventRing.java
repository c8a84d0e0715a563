package dev.converge.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The last events of the stream, bounded by number and size, for a reader that comes back. */
final class EventRing {
  /**
   * An event.
   *
   * @param sequence its number; each event has the next one
   * @param data on one line
   */
  record Event(long sequence, String name, String data) {
    String frame(String epoch) {
      return "id: " + epoch + "-" + sequence + "\nevent: " + name + "\ndata: " + data + "\n\n";
    }
  }

  private final int mostEvents;
  private final int mostChars;
  private final Deque<Event> events = new ArrayDeque<>();
  private int chars;
  private long last;

  EventRing(int mostEvents, int mostChars) {
    this.mostEvents = mostEvents;
    this.mostChars = mostChars;
  }

  /** Adds an event; the oldest leave. */
  Event append(String name, String data) {
    last++;
    Event event = new Event(last, name, data);
    events.addLast(event);
    chars += data.length();
    while (events.size() > mostEvents || (chars > mostChars && events.size() > 1)) {
      chars -= events.removeFirst().data().length();
    }
    return event;
  }

  /** The number of the newest event; 0 before the first. */
  long last() {
    return last;
  }

  /** The events after one; empty if some of them have left, or it is not one of this ring. */
  Optional<List<Event>> after(long sequence) {
    Event oldest = events.peekFirst();
    boolean isKnown =
        sequence <= last
            && (sequence == last || (oldest != null && sequence >= oldest.sequence() - 1));
    if (!isKnown) {
      return Optional.empty();
    }
    List<Event> after = new ArrayList<>();
    events.forEach(
        event -> {
          if (event.sequence() > sequence) {
            after.add(event);
          }
        });
    return Optional.of(after);
  }
}
