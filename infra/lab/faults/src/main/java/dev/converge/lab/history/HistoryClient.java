package dev.converge.lab.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Places orders at a rate that no answer slows down, and goes on with each as a customer would:
 * repeats what was not answered with the same key, looks, cancels, sends twice. Writes down each
 * request before it is sent, and each answer.
 */
final class HistoryClient {
  private static final long ANSWER_WITHIN_MS = 8_000;
  private static final long AGAIN_AFTER_MS = 250;
  private static final long LOOK_AFTER_MS = 200;
  private static final int LOOKS = 3;
  private static final int CONNECTIONS = 1_024;

  /** How many orders of the contended item are sent concurrently. */
  private static final int CONTENDING = 256;

  private static final int LIFETIME_SECONDS = 10;
  private static final int MAX_QUEUED = 20_000;

  private final Vertx vertx;
  private final HistoryPlan plan;
  private final URI api;
  private final HttpClient http;
  private final HistoryWriter history;
  private final ObjectMapper json = new ObjectMapper();
  private final SplittableRandom random;
  private final Promise<Void> over = Promise.promise();
  private final long beginNanos = System.nanoTime();
  private final long beginMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  private long ops;
  private long offeringSinceNanos;
  private long offered;
  private long open;
  private boolean ending;

  HistoryClient(Vertx vertx, HistoryPlan plan) {
    if (plan.burst().equal() > CONNECTIONS) {
      throw new IllegalArgumentException("concurrent requests: " + CONNECTIONS + " at most");
    }
    this.vertx = vertx;
    this.plan = plan;
    this.api = URI.create(plan.orderApi());
    this.random = new SplittableRandom(plan.seed());
    this.history = new HistoryWriter(Path.of(plan.file()));
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(true)
                // Less than the server's: one it closes while it is used again is no failure.
                .setKeepAliveTimeout(15)
                .setConnectTimeout(2_000)
                .setTcpNoDelay(true),
            new PoolOptions()
                .setHttp1MaxSize(CONNECTIONS)
                .setMaxWaitQueueSize(MAX_QUEUED)
                // Used in turn, all that a burst has opened would be kept open for good.
                .setMaxLifetime(LIFETIME_SECONDS));
  }

  /** Begins; the future ends once {@link #end} was called and every order is dealt with. */
  Future<Void> begin() {
    vertx.runOnContext(started -> beginCrowd());
    return over.future().onComplete(done -> close());
  }

  // With numbers of their own: the others' are those of the seed, however many come first.
  private void beginCrowd() {
    SplittableRandom chances = new SplittableRandom(~plan.seed());
    int contenders = plan.burst().contenders();
    Deque<Journey> contending = new ArrayDeque<>();
    for (int each = 1; each <= contenders; each++) {
      contending.add(new Journey(-each, OrderKind.CONTENDED, chances.split()));
    }
    run(new Journey(-contenders - 1, OrderKind.EQUAL, chances.split()))
        .compose(done -> contend(contending))
        .onComplete(done -> offer());
  }

  private Future<Void> contend(Deque<Journey> waiting) {
    return Future.join(Stream.generate(() -> oneByOne(waiting)).limit(CONTENDING).toList())
        .mapEmpty();
  }

  private Future<Void> oneByOne(Deque<Journey> waiting) {
    Journey next = waiting.poll();
    return next == null ? Future.succeededFuture() : run(next).compose(done -> oneByOne(waiting));
  }

  private void offer() {
    offeringSinceNanos = System.nanoTime();
    vertx.setPeriodic(2, this::offerDue);
    finishIfDone();
  }

  /** No more new orders. */
  void end() {
    vertx.runOnContext(
        ended -> {
          ending = true;
          finishIfDone();
        });
  }

  private void close() {
    try {
      history.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void offerDue(long timer) {
    if (ending) {
      vertx.cancelTimer(timer);
      return;
    }
    double nanosPerOrder = TimeUnit.SECONDS.toNanos(1) / plan.ordersPerSecond();
    while (offeringSinceNanos + (long) (offered * nanosPerOrder) <= System.nanoTime()) {
      SplittableRandom chance = random.split();
      begin(new Journey(offered++, OrderKind.next(chance), chance));
    }
  }

  private void begin(Journey journey) {
    run(journey).onComplete(done -> finishIfDone());
  }

  private Future<Void> run(Journey journey) {
    open++;
    return journey.run().onComplete(done -> open--);
  }

  private void finishIfDone() {
    if (ending && open == 0) {
      over.tryComplete();
    }
  }

  /** An answer, or none. */
  private record Answer(int status, JsonNode body, String digest, @Nullable String location) {}

  /** What is done about one order. */
  private final class Journey {
    private final long number;
    private final SplittableRandom chance;
    private final OrderKind kind;
    private final String key;
    private final String body;
    private long giveUpNanos;

    Journey(long number, OrderKind kind, SplittableRandom chance) {
      this.number = number;
      this.chance = chance;
      this.kind = kind;
      this.key = kind.key(plan.run(), new UUID(chance.nextLong(), chance.nextLong()));
      this.body = kind.body(key, chance);
    }

    Future<Void> run() {
      giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(plan.giveUpAfterSeconds());
      if (kind == OrderKind.CONTENDED) {
        return place().<Void>mapEmpty().otherwiseEmpty();
      }
      if (kind == OrderKind.EQUAL) {
        return placeConcurrently(plan.burst().equal()).otherwiseEmpty();
      }
      boolean twice = chance.nextInt(20) == 0;
      Future<@Nullable String> placed = place();
      // The same request at the same time: both must get the same order.
      Future<@Nullable String> again = twice ? place() : placed;
      return Future.join(placed, again)
          .transform(done -> placed)
          .compose(this::goOn)
          .otherwiseEmpty();
    }

    // None is sent before each has a connection of its own.
    private Future<Void> placeConcurrently(int requests) {
      List<Future<HttpClientRequest>> connected =
          Stream.generate(() -> http.request(target(HttpMethod.POST, "/orders", key)))
              .limit(requests)
              .toList();
      return Future.join(connected).transform(all -> placeAll(connected)).mapEmpty();
    }

    private Future<?> placeAll(List<Future<HttpClientRequest>> connected) {
      return Future.join(
          connected.stream()
              .map(
                  each ->
                      each.succeeded()
                          ? placed(send(Request.Kind.PLACE, null, body, () -> each))
                          // It is then sent after others were answered, and reported so.
                          : pause(AGAIN_AFTER_MS).compose(waited -> place()))
              .toList());
    }

    /** The order's id; null where the order was refused or given up. */
    private Future<@Nullable String> place() {
      return placed(send(Request.Kind.PLACE, HttpMethod.POST, "/orders", null, key, body));
    }

    private Future<@Nullable String> placed(Future<@Nullable Answer> answered) {
      return answered.compose(
          answer -> {
            int status = answer == null ? 0 : answer.status();
            if (Outcome.of(status) == Outcome.UNKNOWN) {
              return System.nanoTime() > giveUpNanos
                  ? Future.succeededFuture(null)
                  : pause(AGAIN_AFTER_MS).compose(waited -> place());
            }
            return Future.succeededFuture(answer == null ? null : orderId(answer));
          });
    }

    private Future<Void> goOn(@Nullable String order) {
      if (order == null) {
        return Future.succeededFuture();
      }
      int choice = chance.nextInt(100);
      if (choice < 10) {
        return pause(chance.nextInt(200)).compose(waited -> cancel(order));
      } else if (choice < 15) {
        return pause(chance.nextInt(2_000)).compose(waited -> place()).mapEmpty();
      } else if (choice < 18) {
        return reuseKey();
      } else if (choice < 40) {
        return look(order, LOOKS);
      }
      return Future.succeededFuture();
    }

    private Future<Void> cancel(String order) {
      return send(
              Request.Kind.CANCEL,
              HttpMethod.POST,
              "/orders/" + order + "/cancel",
              order,
              null,
              null)
          .compose(done -> look(order, 1));
    }

    // Another order with a key that is taken: it must be refused.
    private Future<Void> reuseKey() {
      String other = body.replace("\"quantity\":", "\"quantity\":1");
      return send(Request.Kind.PLACE, HttpMethod.POST, "/orders", null, key, other).mapEmpty();
    }

    private Future<Void> look(String order, int times) {
      return times == 0
          ? Future.succeededFuture()
          : send(Request.Kind.GET, HttpMethod.GET, "/orders/" + order, order, null, null)
              .compose(answer -> pause(LOOK_AFTER_MS))
              .compose(waited -> look(order, times - 1));
    }

    private Future<@Nullable Answer> send(
        Request.Kind what,
        HttpMethod method,
        String path,
        @Nullable String asked,
        @Nullable String sentKey,
        @Nullable String sentBody) {
      return send(what, asked, sentBody, () -> http.request(target(method, path, sentKey)));
    }

    private RequestOptions target(HttpMethod method, String path, @Nullable String sentKey) {
      RequestOptions target =
          new RequestOptions()
              .setHost(api.getHost())
              .setPort(api.getPort())
              .setURI(path)
              .setMethod(method)
              .setIdleTimeout(ANSWER_WITHIN_MS)
              .putHeader("Accept", "application/json");
      if (sentKey != null) {
        target.putHeader("Content-Type", "application/json").putHeader("Idempotency-Key", sentKey);
      }
      return target;
    }

    private Future<@Nullable Answer> send(
        Request.Kind what,
        @Nullable String asked,
        @Nullable String sentBody,
        Supplier<Future<HttpClientRequest>> connection) {
      long op = ops++;
      history.write(event(op, what, asked, digest(sentBody), null, null));
      Buffer content = sentBody == null ? Buffer.buffer() : Buffer.buffer(sentBody);
      return connection
          .get()
          .compose(request -> request.send(content))
          .compose(HistoryClient.this::answer)
          .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS)
          .<@Nullable Answer>map(answer -> answer)
          .otherwise((@Nullable Answer) null)
          .onSuccess(
              answer ->
                  history.write(
                      event(
                          op,
                          what,
                          asked,
                          digest(sentBody),
                          answer,
                          Outcome.of(answer == null ? 0 : answer.status()))));
    }

    private HistoryEvent event(
        long op,
        Request.Kind what,
        @Nullable String asked,
        @Nullable String content,
        @Nullable Answer answer,
        @Nullable Outcome outcome) {
      long nanos = System.nanoTime();
      long at = beginMicros + TimeUnit.NANOSECONDS.toMicros(nanos - beginNanos);
      Answer known = outcome == Outcome.OK ? answer : null;
      return new HistoryEvent(
          op,
          number,
          nanos,
          at,
          what.name(),
          key,
          kind.label(),
          asked,
          content,
          outcome,
          answer == null ? null : answer.status(),
          known == null ? null : orderId(known),
          known == null ? null : text(known.body(), "status"),
          known == null ? null : version(known.body()),
          known == null ? null : known.location(),
          known == null ? null : known.digest());
    }
  }

  private Future<Void> pause(long millis) {
    return millis <= 0 ? Future.succeededFuture() : vertx.timer(millis).mapEmpty();
  }

  private Future<Answer> answer(HttpClientResponse response) {
    return response
        .body()
        .map(
            body ->
                new Answer(
                    response.statusCode(),
                    parsed(body),
                    digest(body.getBytes()),
                    response.getHeader("Location")));
  }

  private JsonNode parsed(Buffer body) {
    try {
      return body.length() == 0 ? json.missingNode() : json.readTree(body.getBytes());
    } catch (JsonProcessingException notJson) {
      return json.missingNode();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static @Nullable String orderId(Answer answer) {
    return text(answer.body(), "orderId");
  }

  private static @Nullable Integer version(JsonNode body) {
    return body.has("version") ? Integer.valueOf(body.path("version").asInt()) : null;
  }

  private static @Nullable String text(JsonNode body, String field) {
    return body.hasNonNull(field) ? body.path(field).asText() : null;
  }

  private static @Nullable String digest(@Nullable String text) {
    return text == null ? null : digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
