package dev.converge.console;

import dev.converge.console.EventRing.Event;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events to all pages. A reader that is slow misses events, and then gets {@code gap}
 * and the whole picture again; nothing is queued for it.
 */
final class EventStream {
  /** A page each, and some to spare. */
  static final int MOST_READERS = 16;

  private static final Pattern LAST_EVENT = Pattern.compile("([0-9a-z]{1,20})-(\\d{1,15})");
  private static final CharSequence LAST_EVENT_ID = HttpHeaders.createOptimized("last-event-id");

  private final String epoch;
  private final Supplier<JsonObject> hello;
  private final EventRing ring;
  private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
  private Runnable onFirstReader = () -> {};

  /**
   * @param epoch differs at each start of the console
   * @param hello the whole picture, which a reader gets first
   */
  EventStream(String epoch, EventRing ring, Supplier<JsonObject> hello) {
    this.epoch = epoch;
    this.ring = ring;
    this.hello = hello;
  }

  /** Sets a callback for a reader that comes while there was none. */
  void onFirstReader(Runnable callback) {
    onFirstReader = callback;
  }

  /** How many pages are open. */
  int readers() {
    return readers.size();
  }

  /** Answers with the stream, which ends with its client or with the console. */
  void open(RoutingContext request) {
    if (readers.size() >= MOST_READERS) {
      request.fail(
          Problem.retryLater(ProblemType.OVERLOADED, MOST_READERS + " pages are open already", 5));
      return;
    }
    HttpServerResponse response = request.response();
    if (HttpMethod.HEAD.equals(request.request().method())) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8").end();
      return;
    }
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader("x-content-type-options", "nosniff");
    Reader reader = new Reader(response, request.vertx().getOrCreateContext());
    response.closeHandler(closed -> readers.remove(reader));
    response.exceptionHandler(cause -> readers.remove(reader));
    boolean isFirst = readers.isEmpty();
    synchronized (ring) {
      reader.write("retry: 1000\n\n" + first(request.request().getHeader(LAST_EVENT_ID)));
      readers.add(reader);
    }
    if (isFirst) {
      onFirstReader.run();
    }
  }

  // The events that it has missed, or the whole picture.
  private String first(@Nullable String lastEventId) {
    Matcher id = LAST_EVENT.matcher(lastEventId == null ? "" : lastEventId);
    if (!id.matches() || !id.group(1).equals(epoch)) {
      return helloFrame();
    }
    long sequence = Long.parseLong(id.group(2));
    Optional<List<Event>> missed = ring.after(sequence);
    return missed.isPresent() ? frames(missed.get()) : gap(ring.last() - sequence) + helloFrame();
  }

  private String frames(List<Event> events) {
    StringBuilder frames = new StringBuilder();
    events.forEach(event -> frames.append(event.frame(epoch)));
    return frames.toString();
  }

  private String helloFrame() {
    return new Event(ring.last(), "hello", hello.get().put("epoch", epoch).encode()).frame(epoch);
  }

  private String gap(long missed) {
    return "event: gap\ndata: {\"missed\":" + missed + "}\n\n";
  }

  /** Sends an event to all pages. */
  void publish(String name, JsonObject data) {
    String frame;
    List<Reader> all;
    synchronized (ring) {
      frame = ring.append(name, data.encode()).frame(epoch);
      all = new ArrayList<>(readers);
    }
    all.forEach(reader -> reader.send(frame));
  }

  /** Keeps the connections open while nothing happens. */
  void keepAlive() {
    readers.forEach(reader -> reader.send(": alive\n\n"));
  }

  /** Ends all streams; the pages open them again. */
  void close() {
    readers.forEach(Reader::end);
    readers.clear();
  }

  /** A page. Its response is written on its own event loop. */
  private final class Reader {
    private final HttpServerResponse response;
    private final Context context;
    private long missed;

    Reader(HttpServerResponse response, Context context) {
      this.response = response;
      this.context = context;
    }

    void send(String frame) {
      context.runOnContext(on -> sendUnlessSlow(frame));
    }

    private void sendUnlessSlow(String frame) {
      if (missed > 0 || response.writeQueueFull()) {
        missed++;
        response.drainHandler(drained -> catchUp());
      } else {
        write(frame);
      }
    }

    private void catchUp() {
      long skipped = missed;
      missed = 0;
      if (skipped > 0) {
        synchronized (ring) {
          write(gap(skipped) + helloFrame());
        }
      }
    }

    private void write(String frames) {
      if (!response.ended() && !response.closed()) {
        response.write(frames).onFailure(cause -> readers.remove(this));
      }
    }

    void end() {
      context.runOnContext(
          on -> {
            if (!response.ended() && !response.closed()) {
              response.end().onFailure(cause -> readers.remove(this));
            }
          });
    }
  }
}
