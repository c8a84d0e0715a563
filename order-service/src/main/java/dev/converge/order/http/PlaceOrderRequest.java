package dev.converge.order.http;

import dev.converge.contracts.Currencies;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /orders}. */
record PlaceOrderRequest(
    @Nullable String customerId,
    @Nullable String currency,
    @Nullable List<@Nullable Line> lines,
    @Nullable String paymentToken) {

  /** One line of it. */
  record Line(@Nullable String sku, @Nullable Integer quantity, @Nullable Long unitPriceMinor) {
    static Line from(BodyObject body) {
      return new Line(body.text("sku"), body.int32("quantity"), body.int64("unitPriceMinor"));
    }
  }

  /** The values of a valid body. */
  record Valid(String customerId, String currency, List<OrderLine> lines, String paymentToken) {
    /**
     * Requires a wallet, the only means of payment that can take part in a transaction.
     *
     * @throws Problem for another token (422)
     */
    void requireWallet() {
      BodyFaults faults = new BodyFaults();
      faults.rule(
          "/paymentToken",
          WALLET.matcher(paymentToken).matches(),
          "must match " + WALLET.pattern() + " for a protocol other than the saga");
      faults.raise();
    }
  }

  private static final int MAX_LINES = 100;
  private static final long MAX_PRICE = 1_000_000_000_000L;
  private static final Pattern CUSTOMER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");
  private static final Pattern SKU = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern TOKEN = Pattern.compile("tok_[A-Za-z0-9_]{1,60}");

  private static final Pattern WALLET = Pattern.compile("tok_wallet[A-Za-z0-9_]{0,54}");

  private static final Line NO_LINE = new Line(null, null, null);

  static PlaceOrderRequest from(BodyObject body) {
    return new PlaceOrderRequest(
        body.text("customerId"),
        body.text("currency"),
        body.objects("lines", Line::from),
        body.text("paymentToken"));
  }

  /** The body, read and checked; see {@link JsonBody}. */
  static Valid read(BodyObject body) {
    return from(body).valid(body.faults());
  }

  /**
   * The body, checked.
   *
   * @throws Problem naming every field that is missing (400) or breaks a rule (422)
   */
  Valid valid() {
    BodyFaults faults = new BodyFaults();
    Valid valid = valid(faults);
    faults.raise();
    return valid;
  }

  private Valid valid(BodyFaults faults) {
    String customer = faults.required("/customerId", customerId, "");
    faults.rule(
        "/customerId", CUSTOMER.matcher(customer).matches(), "must match " + CUSTOMER.pattern());
    String money = faults.required("/currency", currency, "");
    faults.rule(
        "/currency",
        Currencies.isActive(money),
        "must be one of " + String.join(", ", Currencies.active()));
    String token = paymentToken == null ? "tok_ok" : paymentToken;
    faults.rule("/paymentToken", TOKEN.matcher(token).matches(), "must match " + TOKEN.pattern());
    List<@Nullable Line> given = faults.required("/lines", lines, List.of());
    faults.rule(
        "/lines",
        !given.isEmpty() && given.size() <= MAX_LINES,
        "must have 1 to " + MAX_LINES + " lines");
    List<OrderLine> orderLines = orderLines(given, faults);
    // 100 lines of 10,000 at 10^12 stay below 2^63.
    faults.rule(
        "/lines",
        Order.total(orderLines) <= Order.MAX_TOTAL_MINOR,
        "must add up to " + Order.MAX_TOTAL_MINOR + " at most");
    return new Valid(customer, money, orderLines, token);
  }

  private static List<OrderLine> orderLines(List<@Nullable Line> given, BodyFaults faults) {
    List<OrderLine> orderLines = new ArrayList<>();
    Set<String> skus = new HashSet<>();
    for (int i = 0; i < Math.min(given.size(), MAX_LINES); i++) {
      String at = "/lines/" + i;
      Line line = faults.required(at, given.get(i), NO_LINE);
      String sku = faults.required(at + "/sku", line.sku(), "");
      faults.rule(at + "/sku", SKU.matcher(sku).matches(), "must match " + SKU.pattern());
      faults.rule(at + "/sku", skus.add(sku), "is in another line too");
      int quantity = faults.required(at + "/quantity", line.quantity(), 0);
      boolean quantityFits = quantity >= 1 && quantity <= OrderLine.MAX_QUANTITY;
      faults.rule(at + "/quantity", quantityFits, "must be 1 to " + OrderLine.MAX_QUANTITY);
      long price = faults.required(at + "/unitPriceMinor", line.unitPriceMinor(), 0L);
      boolean priceFits = price >= 1 && price <= MAX_PRICE;
      faults.rule(at + "/unitPriceMinor", priceFits, "must be 1 to " + MAX_PRICE);
      if (quantityFits && priceFits) {
        orderLines.add(new OrderLine(sku, quantity, price));
      }
    }
    return orderLines;
  }
}
