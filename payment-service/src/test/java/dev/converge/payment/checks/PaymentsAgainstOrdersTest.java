package dev.converge.payment.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.payment.postgres.PaymentAuditQueries.Charged;
import io.vertx.core.Future;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: exactly the orders whose payment differs are reported. Method: orders of a day and their
 * payments, in memory.
 */
class PaymentsAgainstOrdersTest {
  private static final Instant START = Instant.parse("2026-01-05T12:07:00Z");
  private static final int MOST_PENDING = 10;

  private enum Status {
    PENDING,
    COMPLETED,
    CANCELLED
  }

  private record Order(Status status, String currency, long totalMinor) {}

  private record Payment(String currency, long amountMinor) {}

  // In the order of their hexadecimal digits, as in the database.
  private final NavigableMap<String, Order> orders = new TreeMap<>();
  private final NavigableMap<String, Payment> charged = new TreeMap<>();
  private final PaymentsAgainstOrders against =
      new PaymentsAgainstOrders(
          () -> Future.succeededFuture(millis()), this::totals, this::charged);
  private Instant now = START;
  private int requests;
  private boolean isUnavailable;
  private @Nullable Runnable onRequest;

  @Test
  void paymentsThatMatchTheirOrdersAreNotReported() {
    for (int each = 0; each < 500; each++) {
      UUID id = id(Duration.ofSeconds(each));
      order(id, Status.values()[each % 3], each % 2 == 0 ? "EUR" : "USD", each + 1);
      if (each % 3 == 1 || each % 6 == 0) {
        charge(id, each % 2 == 0 ? "EUR" : "USD", each + 1);
      }
    }

    assertThat(check()).isEmpty();
  }

  @Test
  void completedOrderWithoutPaymentIsReported() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);

    assertThat(check()).containsExactly(id + ": charged nothing, completed EUR 700");
  }

  @Test
  void cancelledOrderWithPaymentIsReported() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.CANCELLED, "EUR", 700);
    charge(id, "EUR", 700);

    assertThat(check()).containsExactly(id + ": charged EUR 700, completed nothing");
  }

  @Test
  void paymentWithoutOrderIsReported() {
    UUID id = fortySecondsAgo();
    placeOthers();
    charge(id, "EUR", 700);

    assertThat(check()).containsExactly(id + ": charged EUR 700, completed nothing");
  }

  @Test
  void differentAmountOrCurrencyIsReported() {
    UUID more = fortySecondsAgo();
    placeOthers();
    order(more, Status.COMPLETED, "EUR", 700);
    charge(more, "EUR", 701);
    UUID other = id(Duration.ofSeconds(41));
    order(other, Status.COMPLETED, "EUR", 700);
    charge(other, "USD", 700);

    assertThat(check())
        .containsExactlyInAnyOrder(
            more + ": charged EUR 701, completed EUR 700",
            other + ": charged USD 700, completed EUR 700");
  }

  @Test
  void differencesThatCancelOutAreBothReported() {
    UUID unpaid = fortySecondsAgo();
    UUID paid = id(Duration.ofSeconds(42));
    placeOthers();
    order(unpaid, Status.COMPLETED, "EUR", 700);
    order(paid, Status.CANCELLED, "EUR", 700);
    charge(paid, "EUR", 700);

    assertThat(check())
        .containsExactlyInAnyOrder(
            unpaid + ": charged nothing, completed EUR 700",
            paid + ": charged EUR 700, completed nothing");
  }

  @Test
  void ordersWithSwappedPaymentsAreBothReported() {
    UUID one = fortySecondsAgo();
    UUID other = id(Duration.ofSeconds(42));
    placeOthers();
    order(one, Status.COMPLETED, "EUR", 700);
    order(other, Status.COMPLETED, "EUR", 900);
    charge(one, "EUR", 900);
    charge(other, "EUR", 700);

    assertThat(check())
        .containsExactlyInAnyOrder(
            one + ": charged EUR 900, completed EUR 700",
            other + ": charged EUR 700, completed EUR 900");
  }

  @Test
  void pendingOrdersHideNoFinding() {
    UUID wrong = fortySecondsAgo();
    placeOthers();
    order(wrong, Status.CANCELLED, "EUR", 700);
    charge(wrong, "EUR", 700);
    for (int each = 0; each < 3 * MOST_PENDING; each++) {
      UUID id = id(Duration.ofMillis(40_500 + each));
      order(id, Status.PENDING, "EUR", 900);
      if (each % 2 == 0) {
        charge(id, "EUR", 900);
      }
    }

    assertThat(check()).containsExactly(wrong + ": charged EUR 700, completed nothing");
  }

  @Test
  void ordersOfOneMillisecondAreReportedSeparately() {
    List<UUID> ids = new ArrayList<>();
    for (int each = 0; each < 8; each++) {
      UUID id = new UUID(fortySecondsAgo().getMostSignificantBits(), (8L + each) << 60 | each);
      order(id, Status.COMPLETED, "EUR", 700);
      charge(id, "EUR", each == 5 ? 701 : 700);
      ids.add(id);
    }

    assertThat(check()).containsExactly(ids.get(5) + ": charged EUR 701, completed EUR 700");
  }

  @Test
  void sumsOfAnySizeAreCompared() {
    placeOthers();
    for (int each = 0; each < 1_100; each++) {
      UUID id = id(Duration.ofMillis(100_000 + each));
      order(id, Status.COMPLETED, "EUR", 9_007_199_254_740_991L);
      charge(id, "EUR", 9_007_199_254_740_991L);
    }

    assertThat(check()).isEmpty();
    charge(id(Duration.ofMillis(100_500)), "EUR", 9_007_199_254_740_990L);
    assertThat(check()).hasSize(1);
  }

  @Test
  void orderThatEndsBetweenTheTwoReadsIsNotReported() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.PENDING, "EUR", 700);
    onRequest =
        () -> {
          order(id, Status.COMPLETED, "EUR", 700);
          charge(id, "EUR", 700);
        };

    assertThat(check()).isEmpty();
    assertThat(charged).containsKey(id.toString());
  }

  @Test
  void orderThatMayNotBeVisibleYetIsNotChecked() {
    placeOthers();
    charge(id(Duration.ofSeconds(14)), "EUR", 700);

    assertThat(check()).isEmpty();
    now = START.plusSeconds(2);
    assertThat(check()).hasSize(1);
  }

  @Test
  void findingIsReportedUntilItIsRepaired() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);

    assertThat(check()).hasSize(1);
    now = START.plus(Duration.ofHours(3));
    assertThat(check()).hasSize(1);
    charge(id, "EUR", 700);
    assertThat(check()).isEmpty();
  }

  @Test
  void findingIsReportedAfterAFailedCheck() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);
    assertThat(check()).hasSize(1);
    now = START.plus(Duration.ofHours(3));
    isUnavailable = true;
    assertThat(against.check().failed()).isTrue();
    isUnavailable = false;

    assertThat(check()).hasSize(1);
  }

  @Test
  void orderOfADayAgoIsFoundAlthoughChecksFail() {
    UUID id = id(Duration.ofHours(23));
    order(id, Status.COMPLETED, "EUR", 700);
    int checks = 1;
    while (check().isEmpty() && checks < 200) {
      isUnavailable = true;
      assertThat(against.check().failed()).isTrue();
      isUnavailable = false;
      checks++;
    }

    assertThat(checks).isBetween(130, 144);
    assertThat(check()).as("and in the next check").hasSize(1);
  }

  @Test
  void orderThatEndsHoursLaterIsCheckedInTheNextRun() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.PENDING, "EUR", 700);
    for (int hours = 0; hours <= 30; hours++) {
      now = START.plus(Duration.ofHours(hours));
      assertThat(check()).isEmpty();
    }

    order(id, Status.CANCELLED, "EUR", 700);
    charge(id, "EUR", 700);
    assertThat(check()).hasSize(1);
  }

  @Test
  void clockThatIsSetBackIsTolerated() {
    UUID pending = fortySecondsAgo();
    placeOthers();
    order(pending, Status.PENDING, "EUR", 700);
    assertThat(check()).isEmpty();

    now = START.minus(Duration.ofHours(1));
    assertThat(check()).isEmpty();
    now = START.plusSeconds(30);
    order(pending, Status.COMPLETED, "EUR", 700);
    assertThat(check()).hasSize(1);
  }

  @Test
  void minutesOfAnOutageAreCheckedAfterIt() {
    assertThat(check()).isEmpty();
    isUnavailable = true;
    for (int minute = 0; minute < 60; minute++) {
      now = START.plus(Duration.ofMinutes(minute));
      assertThat(against.check().failed()).isTrue();
      order(id(Duration.ofMinutes(-minute).minusSeconds(50)), Status.COMPLETED, "EUR", 700);
    }
    isUnavailable = false;
    now = START.plus(Duration.ofMinutes(62));

    assertThat(check()).hasSize(60);
  }

  @Test
  void minutesWithoutChecksAreCheckedAfterwards() {
    assertThat(check()).isEmpty();
    for (int minute = 0; minute < 60; minute++) {
      order(id(Duration.ofMinutes(-minute).minusSeconds(50)), Status.COMPLETED, "EUR", 700);
    }
    now = START.plus(Duration.ofMinutes(62));

    assertThat(check()).hasSize(60);
  }

  @Test
  void checkAtTheFirstMillisecondOfAMinuteCompletes() {
    UUID id = fortySecondsAgo();
    placeOthers();
    order(id, Status.COMPLETED, "EUR", 700);
    now = Instant.parse("2026-01-05T12:07:15Z");

    assertThat(check()).hasSize(1);
  }

  @Test
  void manyFindingsAreAllReported() {
    placeOthers();
    for (int each = 1; each <= 25; each++) {
      order(id(Duration.ofSeconds(each * 20 + 2)), Status.COMPLETED, "EUR", 700);
    }

    assertThat(check()).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void matchingRangeIsReadOnce() {
    placeOthers();

    assertThat(check()).isEmpty();
    assertThat(requests).as("ten newest minutes and ten older ones").isEqualTo(20);
  }

  private long millis() {
    return now.toEpochMilli();
  }

  private List<String> check() {
    return against.check().result();
  }

  private static UUID fortySecondsAgo() {
    return id(Duration.ofSeconds(40));
  }

  /** Consistent orders before and after the tested one. */
  private void placeOthers() {
    for (int each = 1; each < 80; each += 2) {
      UUID id = id(Duration.ofSeconds(each));
      order(id, Status.COMPLETED, "EUR", 100);
      charge(id, "EUR", 100);
    }
  }

  private static UUID id(Duration ago) {
    return new UUID(
        START.minus(ago).toEpochMilli() << 16 | 0x7abc, 0x9000_0000_0000_0001L + ago.toMillis());
  }

  private void order(UUID id, Status status, String currency, long totalMinor) {
    orders.put(id.toString(), new Order(status, currency, totalMinor));
  }

  private void charge(UUID id, String currency, long amountMinor) {
    charged.put(id.toString(), new Payment(currency, amountMinor));
  }

  private Future<OrderTotals> totals(UUID from, UUID before) {
    requests++;
    if (isUnavailable) {
      return Future.failedFuture("away");
    }
    if (from.toString().compareTo(before.toString()) >= 0) {
      return Future.failedFuture("refused");
    }
    Map<String, Total> completed = new HashMap<>();
    List<UUID> pending = new ArrayList<>();
    Optional<UUID> first = Optional.empty();
    for (var each : orders.subMap(from.toString(), before.toString()).entrySet()) {
      UUID id = UUID.fromString(each.getKey());
      Order order = each.getValue();
      if (order.status() == Status.COMPLETED) {
        first = first.or(() -> Optional.of(id));
        completed.merge(
            order.currency(), one(id, order.totalMinor()), PaymentsAgainstOrdersTest::plus);
      } else if (order.status() == Status.PENDING) {
        pending.add(id);
      }
    }
    if (onRequest != null) {
      onRequest.run();
      onRequest = null;
    }
    int listed = Math.min(MOST_PENDING, pending.size());
    return Future.succeededFuture(
        new OrderTotals(
            completed, first, pending.subList(0, listed), pending.size() > MOST_PENDING));
  }

  private Future<Charged> charged(UUID from, UUID before, List<UUID> but) {
    Map<String, Total> sums = new HashMap<>();
    Optional<UUID> first = Optional.empty();
    for (var each : charged.subMap(from.toString(), before.toString()).entrySet()) {
      UUID id = UUID.fromString(each.getKey());
      if (!but.contains(id)) {
        first = first.or(() -> Optional.of(id));
        Payment payment = each.getValue();
        sums.merge(
            payment.currency(), one(id, payment.amountMinor()), PaymentsAgainstOrdersTest::plus);
      }
    }
    return Future.succeededFuture(new Charged(sums, first));
  }

  private static Total one(UUID id, long minor) {
    BigInteger sum = BigInteger.valueOf(minor);
    long checksum = (minor % 0x7fff_ffffL + 1) * (id.getLeastSignificantBits() & 0xff_ffffL);
    return new Total(1, sum, BigInteger.valueOf(checksum));
  }

  private static Total plus(Total one, Total other) {
    return new Total(
        one.orders() + other.orders(),
        one.sumMinor().add(other.sumMinor()),
        one.checksum().add(other.checksum()));
  }
}
