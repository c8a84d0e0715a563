package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The console's API, by which its page and some commands do the same. A write carries the token of
 * the state folder; an unsuccessful answer is an error to print.
 */
final class ConsoleApi {
  private static final Duration CONNECTED_WITHIN = Duration.ofSeconds(3);

  /** The stream has a line every ten seconds at least. */
  private static final Duration SILENT_WITHIN = Duration.ofSeconds(25);

  private final Http http = new Http();
  private final Supplier<Platform> platform;

  ConsoleApi(Supplier<Platform> platform) {
    this.platform = platform;
  }

  /** Sends a write. */
  JsonNode send(String method, String path, JsonNode body) {
    Platform asked = running();
    String token = ConsoleToken.read(asked.layout().state()).orElse("");
    try {
      Http.Answer answer =
          http.send(method, url(asked) + path, body.toString(), "X-Converge-Token", token);
      if (answer.status() >= 400) {
        throw new PlatformException(
            "the console answers " + answer.status() + ": " + OperatorApi.detail(answer));
      }
      return answer.body();
    } catch (IOException e) {
      throw new PlatformException(unreachable(asked), e);
    }
  }

  private Platform running() {
    Platform asked = platform.get();
    if (!asked.hasConsole()) {
      throw new PlatformException(
          "this command needs the console, and the platform runs without it: ./converge up");
    }
    return asked;
  }

  private static String url(Platform asked) {
    return asked.ports().url(Part.CONSOLE);
  }

  private static String unreachable(Platform asked) {
    return "the console cannot be reached at " + url(asked) + ": ./converge start console";
  }

  /**
   * Reads the stream until an event is the last one, or for some time; returns whether there was a
   * last one.
   */
  boolean follow(Duration within, Predicate<ServerEvents.Event> isLast) {
    Platform asked = running();
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECTED_WITHIN)
            .build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(url(asked) + "/api/stream")).build();
    Lines lines = new Lines();
    CompletableFuture<HttpResponse<Void>> unused =
        client
            .sendAsync(request, BodyHandlers.fromLineSubscriber(lines))
            .whenComplete((answer, failure) -> lines.end());
    try {
      return follow(lines, within, isLast)
          .orElseThrow(() -> new PlatformException(unreachable(asked)));
    } finally {
      lines.close();
    }
  }

  // Empty if the stream has ended.
  private static Optional<Boolean> follow(
      Lines lines, Duration within, Predicate<ServerEvents.Event> isLast) {
    ServerEvents events = new ServerEvents();
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return Optional.of(false);
      }
      Optional<String> line = lines.next(Math.min(left, SILENT_WITHIN.toNanos()));
      if (line.isEmpty()) {
        return System.nanoTime() >= end ? Optional.of(false) : Optional.empty();
      }
      if (events.accept(line.get()).filter(isLast).isPresent()) {
        return Optional.of(true);
      }
    }
  }

  /** The lines of a body, of which a few at most wait for their reader. */
  private static final class Lines implements Flow.Subscriber<String> {
    private static final int MOST = 64;

    // One more place, for the end.
    private final BlockingQueue<Optional<String>> waiting = new ArrayBlockingQueue<>(MOST + 1);
    private volatile Flow.@Nullable Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription begun) {
      subscription = begun;
      begun.request(MOST);
    }

    @Override
    public void onNext(String line) {
      waiting.add(Optional.of(line));
    }

    @Override
    public void onError(Throwable failure) {
      end();
    }

    @Override
    public void onComplete() {
      end();
    }

    // Called twice: by the body, and by its request, which may also fail before there is a body.
    void end() {
      boolean unused = waiting.offer(Optional.empty());
    }

    /** The next line; empty at the end, and if none comes in time. */
    Optional<String> next(long withinNanos) {
      try {
        Optional<String> line = waiting.poll(withinNanos, TimeUnit.NANOSECONDS);
        Flow.Subscription current = subscription;
        if (line != null && line.isPresent() && current != null) {
          current.request(1);
        }
        return line == null ? Optional.empty() : line;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PlatformException("interrupted", e);
      }
    }

    void close() {
      Flow.Subscription current = subscription;
      if (current != null) {
        current.cancel();
      }
    }
  }
}
