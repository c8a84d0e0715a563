package dev.converge.order.http;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.service.Problem;
import dev.converge.service.Problem.Fault;
import dev.converge.service.ProblemType;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /orders}. */
record PlaceOrderRequest(
    @Nullable String customerId,
    @Nullable String currency,
    @Nullable List<@Nullable Line> lines,
    @Nullable String paymentToken) {

  /** One line of it. */
  record Line(@Nullable String sku, @Nullable Integer quantity, @Nullable Long unitPriceMinor) {}

  /** What a valid body says. */
  record Valid(String customerId, String currency, List<OrderLine> lines, String paymentToken) {}

  private static final int MAX_LINES = 100;
  private static final long MAX_PRICE = 1_000_000_000_000L;
  private static final Pattern CUSTOMER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");
  private static final Pattern SKU = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern TOKEN = Pattern.compile("tok_[A-Za-z0-9_]{1,60}");
  private static final Set<String> REGIONAL = Set.of("XAF", "XCD", "XOF", "XPF");
  private static final Set<String> CURRENCIES =
      Currency.getAvailableCurrencies().stream()
          .map(Currency::getCurrencyCode)
          // Metals, funds and tests are no money to pay with; these four regional ones are.
          .filter(code -> !code.startsWith("X") || REGIONAL.contains(code))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * The body, checked.
   *
   * @throws Problem naming every field that is missing (400) or breaks a rule (422)
   */
  Valid valid() {
    Faults faults = new Faults();
    String customer = faults.required("/customerId", customerId, "");
    faults.rule(
        "/customerId", CUSTOMER.matcher(customer).matches(), "must match " + CUSTOMER.pattern());
    String money = faults.required("/currency", currency, "");
    faults.rule("/currency", CURRENCIES.contains(money), "must be an ISO 4217 code");
    String token = paymentToken == null ? "tok_ok" : paymentToken;
    faults.rule("/paymentToken", TOKEN.matcher(token).matches(), "must match " + TOKEN.pattern());
    List<@Nullable Line> given = faults.required("/lines", lines, List.of());
    faults.rule(
        "/lines",
        !given.isEmpty() && given.size() <= MAX_LINES,
        "must have 1 to " + MAX_LINES + " lines");
    List<OrderLine> orderLines = orderLines(given, faults);
    faults.raise();
    requireTotal(orderLines);
    return new Valid(customer, money, orderLines, token);
  }

  private static List<OrderLine> orderLines(List<@Nullable Line> given, Faults faults) {
    List<OrderLine> orderLines = new ArrayList<>();
    Set<String> skus = new HashSet<>();
    for (int i = 0; i < Math.min(given.size(), MAX_LINES); i++) {
      String at = "/lines/" + i;
      Line line = faults.required(at, given.get(i), new Line(null, null, null));
      String sku = faults.required(at + "/sku", line.sku(), "");
      faults.rule(at + "/sku", SKU.matcher(sku).matches(), "must match " + SKU.pattern());
      faults.rule(at + "/sku", skus.add(sku), "stands in another line too");
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

  private static void requireTotal(List<OrderLine> orderLines) {
    // 100 lines of 10,000 at 10^12 stay below 2^63.
    if (Order.total(orderLines) > Order.MAX_TOTAL_MINOR) {
      throw Problem.of(
          ProblemType.UNPROCESSABLE,
          List.of(new Fault("/lines", "must add up to " + Order.MAX_TOTAL_MINOR + " at most")));
    }
  }

  /** Collects what is wrong; a field that is missing breaks no further rule. */
  private static final class Faults {
    private final List<Fault> missing = new ArrayList<>();
    private final List<Fault> broken = new ArrayList<>();

    <T> T required(String pointer, @Nullable T value, T otherwise) {
      if (value != null) {
        return value;
      }
      missing.add(new Fault(pointer, "is required"));
      return otherwise;
    }

    void rule(String pointer, boolean holds, String rule) {
      if (!holds && missing.stream().noneMatch(fault -> fault.pointer().equals(pointer))) {
        broken.add(new Fault(pointer, rule));
      }
    }

    void raise() {
      if (!missing.isEmpty()) {
        throw Problem.of(ProblemType.INVALID_BODY, missing);
      }
      if (!broken.isEmpty()) {
        throw Problem.of(ProblemType.UNPROCESSABLE, broken);
      }
    }
  }
}
