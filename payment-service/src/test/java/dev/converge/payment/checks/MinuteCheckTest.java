package dev.converge.payment.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.payment.postgres.PaymentAuditQueries.Charged;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a range that differs is halved until it has one order, which is reported once the minute is
 * compared. Method: totals of one minute, without a database.
 */
class MinuteCheckTest {
  private static final long MINUTE = 29_000_000;
  private static final long BEGIN = MINUTE * MinuteCheck.MINUTE_MS;
  private static final long END = BEGIN + MinuteCheck.MINUTE_MS;
  private static final UUID ORDER = new UUID(BEGIN << 16, 1);

  private final MinuteCheck minute = new MinuteCheck();

  private static Map<String, Total> euros(int orders, long sumMinor) {
    return Map.of("EUR", new Total(orders, BigInteger.valueOf(sumMinor), BigInteger.ONE));
  }

  private static OrderTotals completed(int orders, long sumMinor) {
    return new OrderTotals(euros(orders, sumMinor), Optional.of(ORDER), List.of(), false);
  }

  private static Charged charged(int orders, long sumMinor) {
    return new Charged(euros(orders, sumMinor), Optional.of(ORDER));
  }

  @Test
  void equalTotalsSettleTheMinute() {
    minute.begin(MINUTE, END);
    minute.compare(minute.next(), completed(2, 100), charged(2, 100));
    minute.end();

    assertThat(minute.isOpen()).isFalse();
    assertThat(minute.isSettled()).isTrue();
  }

  @Test
  void differentTotalsAreHalvedLaterHalfFirst() {
    minute.begin(MINUTE, END);
    IdRange whole = minute.next();
    minute.compare(whole, completed(2, 100), charged(2, 101));

    IdRange later = minute.next();
    IdRange earlier = minute.next();
    assertThat(earlier.from()).isEqualTo(whole.from());
    assertThat(earlier.before()).isEqualTo(later.from());
    assertThat(later.before()).isEqualTo(whole.before());
    assertThat(minute.findings()).isEmpty();
  }

  @Test
  void oneDifferentOrderIsAFinding() {
    minute.begin(MINUTE, END);
    minute.compare(minute.next(), completed(1, 100), charged(1, 101));
    minute.end();

    assertThat(minute.findings()).containsExactly(ORDER + ": charged EUR 101, completed EUR 100");
    assertThat(minute.isSettled()).isFalse();
  }

  @Test
  void pendingOrdersKeepTheMinuteUnsettled() {
    minute.begin(MINUTE, END);
    minute.sawPending(true);
    minute.sawPending(false);
    minute.compare(minute.next(), completed(1, 100), charged(1, 100));
    minute.end();

    assertThat(minute.isSettled()).isFalse();
  }

  @Test
  void partOfAMinuteIsComparedAgainAsAWhole() {
    minute.begin(MINUTE, BEGIN + 30_000);
    assertThat(minute.next()).isEqualTo(IdRange.ofMillis(BEGIN, BEGIN + 30_000));
    minute.end();

    minute.begin(MINUTE, END);

    assertThat(minute.next()).isEqualTo(IdRange.ofMillis(BEGIN, END));
  }

  @Test
  void futureMinuteIsNotOpened() {
    minute.begin(MINUTE, BEGIN);

    assertThat(minute.isOpen()).isFalse();
  }

  @Test
  void rangeOfAPeriodContainsItsIdsOnly() {
    IdRange range = IdRange.ofMillis(BEGIN, END);

    assertThat(range.fromId()).isEqualTo(new UUID(BEGIN << 16, 0));
    assertThat(range.beforeId()).isEqualTo(new UUID(END << 16, 0));
  }
}
