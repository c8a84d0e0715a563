package dev.converge.lab.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: the history of a client is read back. Method: files, whole and torn. */
class HistoryTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void requestIsReadWithItsAnswer() throws Exception {
    assertThat(written(event(1, null, null), event(1, Outcome.OK, 202)))
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.outcome()).isEqualTo(Outcome.OK);
              assertThat(request.answered().status()).isEqualTo(202);
              assertThat(request.answered().order()).isEqualTo("order");
              assertThat(request.latencyMillis()).isEqualTo(0.5);
            });
  }

  @Test
  void requestWithoutAnEndIsOfUnknownOutcome() throws Exception {
    assertThat(written(event(1, null, null), event(2, null, null), event(2, Outcome.FAIL, 400)))
        .extracting(Request::outcome)
        .containsExactly(Outcome.UNKNOWN, Outcome.FAIL);
  }

  @Test
  void tornLastLineIsARequestWithUnknownEndAndATornOtherLineIsAnError() throws Exception {
    Path file = folder.resolve("torn.ndjson");
    write(file, event(1, null, null), event(1, Outcome.OK, 202));
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() - 10));
    assertThat(History.read(file)).extracting(Request::outcome).containsExactly(Outcome.UNKNOWN);

    Files.writeString(file, "{\"op\":\n" + whole);
    assertThatThrownBy(() -> History.read(file)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void onlyARefusalIsADefiniteFailure() {
    assertThat(Stream.of(400, 404, 409, 422).map(Outcome::of)).containsOnly(Outcome.FAIL);
    assertThat(Stream.of(0, 408, 429, 500, 503).map(Outcome::of)).containsOnly(Outcome.UNKNOWN);
    assertThat(Stream.of(200, 201, 202).map(Outcome::of)).containsOnly(Outcome.OK);
  }

  @Test
  void sameSeedGivesTheSameOrdersOfEveryKind() {
    SplittableRandom one = new SplittableRandom(5);
    SplittableRandom other = new SplittableRandom(5);
    List<OrderKind> kinds = Stream.generate(() -> OrderKind.next(one)).limit(2_000).toList();
    assertThat(Stream.generate(() -> OrderKind.next(other)).limit(2_000)).isEqualTo(kinds);
    // The contending orders are not part of the mix: they are sent at the start, in the configured
    // number.
    assertThat(EnumSet.complementOf(EnumSet.of(OrderKind.CONTENDED, OrderKind.EQUAL)))
        .containsExactlyInAnyOrderElementsOf(EnumSet.copyOf(kinds));
    assertThat(OrderKind.CONTENDED.body("key", one))
        .containsOnlyOnce("\"sku\"")
        .contains(OrderKind.CONTENDED_SKU, "\"quantity\":1,");
    assertThat(OrderKind.SCARCE.body("key", one))
        .contains("\"lab-key\"", OrderKind.SCARCE_SKU, "tok_ok");
  }

  @Test
  void jsonOfALineIsFlat() throws Exception {
    Path file = folder.resolve("history.ndjson");
    Sent sent = new Sent(3, 1, Request.Kind.GET, "key", "plain", "order", "digest");
    Answered answered = new Answered(200, "order", "PENDING", 2, "/orders/order", "body");
    HistoryEvent whole = new HistoryEvent(sent, 5, 6, Outcome.OK, answered);
    write(file, event(0, null, null), whole);

    ObjectMapper json = new ObjectMapper();
    List<String> lines = Files.readAllLines(file);

    assertThat(json.readTree(lines.get(0)))
        .isEqualTo(
            json.readTree(
                """
                {"op": 0, "journey": 1, "nanos": 1000000, "atMicros": 1000, "kind": "PLACE",
                 "key": "key", "body": "plain"}
                """));
    assertThat(json.readTree(lines.get(1)))
        .isEqualTo(
            json.readTree(
                """
                {"op": 3, "journey": 1, "nanos": 5, "atMicros": 6, "kind": "GET", "key": "key",
                 "body": "plain", "asked": "order", "content": "digest", "outcome": "OK",
                 "status": 200, "order": "order", "orderStatus": "PENDING", "version": 2,
                 "location": "/orders/order", "answer": "body"}
                """));
  }

  private List<Request> written(HistoryEvent... events) throws Exception {
    Path file = folder.resolve("history.ndjson");
    write(file, events);
    return History.read(file);
  }

  private static void write(Path file, HistoryEvent... events) throws Exception {
    try (HistoryWriter writer = new HistoryWriter(file)) {
      for (HistoryEvent event : events) {
        writer.write(event);
      }
    }
  }

  private static HistoryEvent event(long op, @Nullable Outcome outcome, @Nullable Integer status) {
    long micros = outcome == null ? 1_000 : 1_500;
    return new HistoryEvent(
        new Sent(op, 1, Request.Kind.PLACE, "key", "plain", null, null),
        micros * 1_000,
        micros,
        outcome,
        new Answered(status, outcome == Outcome.OK ? "order" : null, null, null, null, null));
  }
}
