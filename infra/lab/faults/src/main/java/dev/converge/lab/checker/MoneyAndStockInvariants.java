package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.RunLog.StockSample;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The invariants of money and stock. */
final class MoneyAndStockInvariants {
  private static final Set<String> OPEN = Set.of("CHARGING", "VOIDING", "REFUNDING");

  private MoneyAndStockInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(
        moneyOfOrder(evidence),
        moneyInAll(evidence),
        stockWhenQuiescent(evidence),
        stockAlways(evidence));
  }

  /** I10: a completed order is paid as it should be, any other not at all. */
  static InvariantResult moneyOfOrder(Evidence evidence) {
    Check check = new Check();
    Map<String, PaymentRow> payments = Invariants.byOrder(evidence.payments(), PaymentRow::orderId);
    Map<String, ChargeRow> ledger = Invariants.ledger(evidence);
    for (OrderRow order : evidence.orders()) {
      PaymentRow payment = payments.get(order.orderId());
      ChargeRow charge = ledger.get(order.orderId());
      long lines =
          order.lines().stream().mapToLong(line -> line.quantity() * line.unitPriceMinor()).sum();
      long due = order.isCompleted() ? order.totalMinor() : 0;
      long taken = charge != null && charge.status().equals("CHARGED") ? charge.amountMinor() : 0;
      long said = payment != null && payment.status().equals("CHARGED") ? payment.amountMinor() : 0;
      boolean open = payment != null && OPEN.contains(payment.status());
      check.that(
          lines == order.totalMinor() && taken == due && said == due && !open,
          order.orderId(),
          "%s: lines add up to %d, total %d, charged %d, charged by the payment service %d%s",
          order.status(),
          lines,
          order.totalMinor(),
          taken,
          said,
          open ? ", still open" : "");
    }
    return check.result("I10", "a completed order is paid in full, any other holds no money");
  }

  /** I11: the three books agree, by currency. */
  static InvariantResult moneyInAll(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> due =
        evidence.orders().stream()
            .filter(OrderRow::isCompleted)
            .collect(
                Collectors.groupingBy(
                    OrderRow::currency, Collectors.summingLong(OrderRow::totalMinor)));
    Map<String, Long> ours =
        evidence.payments().stream()
            .filter(payment -> payment.status().equals("CHARGED"))
            .collect(
                Collectors.groupingBy(
                    PaymentRow::currency, Collectors.summingLong(PaymentRow::amountMinor)));
    Map<String, Long> theirs =
        evidence.ledger().stream()
            .filter(charge -> charge.status().equals("CHARGED"))
            .collect(
                Collectors.groupingBy(
                    ChargeRow::currency, Collectors.summingLong(ChargeRow::amountMinor)));
    Set<String> currencies = new TreeSet<>(due.keySet());
    currencies.addAll(ours.keySet());
    currencies.addAll(theirs.keySet());
    for (String currency : currencies) {
      long orders = due.getOrDefault(currency, 0L);
      long payments = ours.getOrDefault(currency, 0L);
      long ledger = theirs.getOrDefault(currency, 0L);
      check.that(
          orders == payments && payments == ledger,
          null,
          "%s: orders %d, payments %d, provider %d",
          currency,
          orders,
          payments,
          ledger);
    }
    return check.result("I11", "orders, payments and the provider's ledger add up to the same");
  }

  /** I12: when quiescent, nothing is reserved, and exactly the completed orders are shipped. */
  static InvariantResult stockWhenQuiescent(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> sold =
        evidence.orders().stream()
            .filter(OrderRow::isCompleted)
            .flatMap(order -> order.lines().stream())
            .collect(Collectors.groupingBy(Line::sku, Collectors.summingLong(Line::quantity)));
    for (StockRow stock : evidence.stock()) {
      long shipped = sold.getOrDefault(stock.sku(), 0L);
      long received = evidence.received().getOrDefault(stock.sku(), stock.received());
      check.that(
          stock.available() + stock.reserved() + stock.shipped() == stock.received()
              && stock.received() == received
              && stock.reserved() == 0
              && stock.shipped() == shipped,
          null,
          "%s: available %d, reserved %d, shipped %d of %d received (%d given), %d sold",
          stock.sku(),
          stock.available(),
          stock.reserved(),
          stock.shipped(),
          stock.received(),
          received,
          shipped);
    }
    Set<String> known = evidence.stock().stream().map(StockRow::sku).collect(Collectors.toSet());
    sold.keySet()
        .forEach(sku -> check.that(known.contains(sku), null, "%s was sold and is unknown", sku));
    return check.result("I12", "per SKU: nothing reserved, shipped = sold, all accounted for");
  }

  /** I13: at no time was there less than nothing, or more than there is. */
  static InvariantResult stockAlways(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> shippedBefore = new HashMap<>();
    for (StockSample sample : evidence.stockSamples()) {
      StockRow stock = sample.stock();
      boolean adds = stock.available() + stock.reserved() + stock.shipped() == stock.received();
      long before = shippedBefore.getOrDefault(stock.sku(), 0L);
      check.that(
          stock.available() >= 0
              && stock.reserved() >= 0
              && stock.reserved() <= stock.received()
              && stock.shipped() >= before
              && adds,
          null,
          "%s at %d: available %d, reserved %d, shipped %d (before: %d), received %d",
          stock.sku(),
          sample.atMicros(),
          stock.available(),
          stock.reserved(),
          stock.shipped(),
          before,
          stock.received());
      shippedBefore.put(stock.sku(), Math.max(before, stock.shipped()));
    }
    return check.result("I13", "every second: no item is sold twice, no quantity is negative");
  }
}
