package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;

import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.RunLog.StockSample;
import java.util.List;

/** Violations of the balance of money and stock: I10 to I13. */
final class MoneyAndStockViolations {
  private MoneyAndStockViolations() {}

  static List<BrokenRun> all() {
    return List.of(
        broken(
            "I10",
            "charged too much",
            run -> run.ledger.set(0, new ChargeRow(COMPLETED, "CHARGED", 101, "EUR"))),
        broken(
            "I10",
            "rejected and charged",
            run -> run.ledger.set(1, new ChargeRow(DECLINED, "CHARGED", 100, "EUR"))),
        broken(
            "I10",
            "rejected and still open",
            run -> run.payments.set(1, new PaymentRow(DECLINED, "VOIDING", 100, "EUR"))),
        broken(
            "I11",
            "the provider holds more",
            run -> run.ledger.add(new ChargeRow("phantom", "CHARGED", 7, "EUR"))),
        broken(
            "I11",
            "another currency",
            run -> run.payments.set(0, new PaymentRow(COMPLETED, "CHARGED", 100, "USD"))),
        broken("I12", "still reserved", run -> run.stock.set(0, new StockRow("sku", 7, 1, 2, 10))),
        broken(
            "I12",
            "shipped without a sale",
            run -> run.stock.set(0, new StockRow("sku", 6, 0, 4, 10))),
        broken(
            "I12",
            "stock that was never received",
            run -> run.stock.set(0, new StockRow("sku", 9, 0, 2, 11))),
        broken(
            "I13",
            "negative stock for a second",
            run -> run.stockSamples.add(new StockSample(3, new StockRow("sku", -1, 9, 2, 10)))),
        broken(
            "I13",
            "shipped goods come back",
            run -> run.stockSamples.add(new StockSample(3, new StockRow("sku", 9, 0, 1, 10)))));
  }
}
