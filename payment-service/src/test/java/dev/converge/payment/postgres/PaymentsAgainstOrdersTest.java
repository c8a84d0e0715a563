package dev.converge.payment.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.payment.postgres.PaymentsAgainstOrders.Charged;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order that was paid otherwise than it ended is told, and no other. Method: orders of a
 * day and their payments, in memory.
 */
class PaymentsAgainstOrdersTest {
  private static final Instant START = Instant.parse("2026-01-05T12:07:00Z");

  private enum Status {
    PENDING,
    COMPLETED,
    CANCELLED
  }

  private record Order(Status status, String currency, long totalMinor) {}

  private record Payment(String currency, long amountMinor) {}

  private final NavigableMap<UUID, Order> orders = new TreeMap<>();
  private final NavigableMap<UUID, Payment> charged = new TreeMap<>();
  private final PaymentsAgainstOrders against =
      new PaymentsAgainstOrders(this::totals, this::charged, () -> now());
  private Instant now = START;
  private int questions;
  private boolean isAway;
  private @Nullable Runnable whenAsked;

  @Test
  void ordersThatArePaidAsTheyEndedAreNotTold() {
    for (int each = 0; each < 500; each++) {
      UUID id = id(Duration.ofSeconds(each));
      order(id, Status.values()[each % 3], each % 2 == 0 ? "EUR" : "USD", each + 1);
      if (each % 3 == 1 || each % 6 == 0) {
        charge(id, each % 2 == 0 ? "EUR" : "USD", each + 1);
      }
    }

    assertThat(look()).isEmpty();
  }

  @Test
  void completedOrderWithoutAPaymentIsTold() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);

    assertThat(look())
        .containsExactly(id + ": EUR 0 charged for 0 orders, of which completed 700 for 1");
  }

  @Test
  void cancelledOrderThatIsPaidIsTold() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.CANCELLED, "EUR", 700);
    charge(id, "EUR", 700);

    assertThat(look())
        .containsExactly(id + ": EUR 700 charged for 1 orders, of which completed 0 for 0");
  }

  @Test
  void paymentOfNoOrderIsTold() {
    UUID id = fortySecondsAgo();
    placeOthers();
    charge(id, "EUR", 700);

    assertThat(look()).singleElement().asString().startsWith(id + ": EUR 700 charged");
  }

  @Test
  void anotherAmountAndAnotherCurrencyAreTold() {
    UUID more = fortySecondsAgo();
    placeOthers();
    order(more, Status.COMPLETED, "EUR", 700);
    charge(more, "EUR", 701);
    UUID other = id(Duration.ofSeconds(41));
    order(other, Status.COMPLETED, "EUR", 700);
    charge(other, "USD", 700);

    assertThat(look())
        .containsExactlyInAnyOrder(
            more + ": EUR 701 charged for 1 orders, of which completed 700 for 1",
            other + ": EUR 0 charged for 0 orders, of which completed 700 for 1",
            other + ": USD 700 charged for 1 orders, of which completed 0 for 0");
  }

  @Test
  void pendingOrderMayBePaidOrNotButNotPaidMore() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.PENDING, "EUR", 700);

    assertThat(look()).isEmpty();
    charge(id, "EUR", 700);
    assertThat(look()).isEmpty();
    charge(id, "EUR", 701);
    assertThat(look()).hasSize(1);
  }

  @Test
  void orderThatIsPlacedAndPaidBetweenTheTwoQuestionsIsNotTold() {
    UUID id = fortySecondsAgo();
    placeOthers();
    whenAsked =
        () -> {
          order(id, Status.COMPLETED, "EUR", 700);
          charge(id, "EUR", 700);
        };

    assertThat(look()).isEmpty();
    assertThat(charged).containsKey(id);
  }

  @Test
  void whatIsFoundIsToldUntilItIsMended() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);

    assertThat(look()).hasSize(1);
    now = START.plus(Duration.ofHours(3));
    assertThat(look()).hasSize(1);
    charge(id, "EUR", 700);
    assertThat(look()).isEmpty();
  }

  @Test
  void whatIsFoundIsLookedForAgainAfterALookThatFailed() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);
    assertThat(look()).hasSize(1);
    now = START.plus(Duration.ofHours(3));
    isAway = true;
    assertThat(against.look().failed()).isTrue();
    isAway = false;

    assertThat(look()).hasSize(1);
  }

  @Test
  void orderOfADayAgoIsFoundInTime() {
    UUID id = id(Duration.ofHours(23));
    order(id, Status.COMPLETED, "EUR", 700);
    int looks = 1;
    while (look().isEmpty() && looks < 100) {
      looks++;
    }

    assertThat(looks).isBetween(80, 95);
    assertThat(look()).as("and with the next look").hasSize(1);
  }

  @Test
  void tenAreToldOfManyAndTheOthersThen() {
    placeOthers();
    for (int each = 1; each <= 25; each++) {
      order(id(Duration.ofMinutes(each)), Status.COMPLETED, "EUR", 700);
    }
    List<String> first = look();
    assertThat(first).hasSize(10).doesNotHaveDuplicates();

    for (int each = 0; each < 3; each++) {
      look().forEach(told -> charge(UUID.fromString(told.substring(0, 36)), "EUR", 700));
    }
    assertThat(charged).hasSizeGreaterThan(25);
    assertThat(look()).isEmpty();
  }

  @Test
  void whatAddsUpIsAskedForOncePerQuarter() {
    placeOthers();

    assertThat(look()).isEmpty();
    assertThat(questions).isEqualTo(3);
  }

  private Instant now() {
    return now;
  }

  private List<String> look() {
    return against.look().result();
  }

  private static UUID fortySecondsAgo() {
    return id(Duration.ofSeconds(40));
  }

  /** As they should be, before and after. */
  private void placeOthers() {
    for (int each = 1; each < 80; each += 2) {
      UUID id = id(Duration.ofSeconds(each));
      order(id, Status.COMPLETED, "EUR", 100);
      charge(id, "EUR", 100);
    }
  }

  private static UUID id(Duration ago) {
    return new UUID(START.minus(ago).toEpochMilli() << 16 | 0x7abc, 0x9000_0000_0000_0001L);
  }

  private void order(UUID id, Status status, String currency, long totalMinor) {
    orders.put(id, new Order(status, currency, totalMinor));
  }

  private void charge(UUID id, String currency, long amountMinor) {
    charged.put(id, new Payment(currency, amountMinor));
  }

  private Future<Map<String, OrderTotals>> totals(UUID from, UUID before) {
    questions++;
    if (isAway) {
      return Future.failedFuture("away");
    }
    Map<String, OrderTotals> totals = new HashMap<>();
    orders
        .subMap(from, before)
        .forEach(
            (id, order) ->
                totals.merge(
                    order.currency(),
                    new OrderTotals(id, of(order, Status.COMPLETED), of(order, Status.PENDING)),
                    PaymentsAgainstOrdersTest::plus));
    if (whenAsked != null) {
      whenAsked.run();
      whenAsked = null;
    }
    return Future.succeededFuture(totals);
  }

  private static Total of(Order order, Status status) {
    return order.status() == status ? new Total(1, order.totalMinor()) : Total.NONE;
  }

  private static OrderTotals plus(OrderTotals one, OrderTotals other) {
    return new OrderTotals(
        one.firstOrderId(),
        plus(one.completed(), other.completed()),
        plus(one.pending(), other.pending()));
  }

  private static Total plus(Total one, Total other) {
    return new Total(one.orders() + other.orders(), one.totalMinor() + other.totalMinor());
  }

  private Future<Map<String, Charged>> charged(UUID from, UUID before) {
    Map<String, Charged> sums = new HashMap<>();
    charged
        .subMap(from, before)
        .forEach(
            (id, payment) ->
                sums.merge(
                    payment.currency(),
                    new Charged(id, new Total(1, payment.amountMinor())),
                    (one, other) ->
                        new Charged(one.firstOrderId(), plus(one.total(), other.total()))));
    return Future.succeededFuture(sums);
  }
}
