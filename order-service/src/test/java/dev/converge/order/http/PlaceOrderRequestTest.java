package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.http.PlaceOrderRequest.Line;
import dev.converge.order.http.PlaceOrderRequest.Valid;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order that is accepted keeps every rule, and a refusal names each field at fault.
 * Method: bodies at and just beyond each bound.
 */
class PlaceOrderRequestTest {
  private static final Line LINE = new Line("apple", 2, 500L);
  private static final long MAX_PRICE = 1_000_000_000_000L;

  private static PlaceOrderRequest body(@Nullable Line... lines) {
    return new PlaceOrderRequest("customer-1", "EUR", Arrays.asList(lines), "tok_ok");
  }

  private static PlaceOrderRequest customer(@Nullable String customerId) {
    return new PlaceOrderRequest(customerId, "EUR", List.of(LINE), "tok_ok");
  }

  private static PlaceOrderRequest currency(@Nullable String currency) {
    return new PlaceOrderRequest("customer-1", currency, List.of(LINE), "tok_ok");
  }

  private static PlaceOrderRequest token(@Nullable String token) {
    return new PlaceOrderRequest("customer-1", "EUR", List.of(LINE), token);
  }

  private static Line[] lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Line("sku-" + i, 1, 1L))
        .toArray(Line[]::new);
  }

  private static void isInvalid(PlaceOrderRequest body, String... pointers) {
    isProblem(body, ProblemType.INVALID_BODY, pointers);
  }

  private static void isUnprocessable(PlaceOrderRequest body, String... pointers) {
    isProblem(body, ProblemType.UNPROCESSABLE, pointers);
  }

  private static void isProblem(PlaceOrderRequest body, ProblemType type, String... pointers) {
    Problem problem = catchThrowableOfType(Problem.class, body::valid);
    assertThat(problem).as("%s is refused", body).isNotNull();
    assertThat(problem.type()).isEqualTo(type);
    assertThat(problem.faults())
        .extracting(Problem.Fault::pointer)
        .containsExactlyInAnyOrder(pointers);
  }

  private static void isValid(PlaceOrderRequest body) {
    assertThat(body.valid()).isNotNull();
  }

  @Test
  void requestHasTheValuesOfTheBody() {
    assertThat(body(LINE, new Line("pear", 1, 99L)).valid())
        .isEqualTo(
            new Valid(
                "customer-1",
                "EUR",
                List.of(new OrderLine("apple", 2, 500), new OrderLine("pear", 1, 99)),
                "tok_ok"));
  }

  @Test
  void paysWithTheDefaultTokenIfNoneIsGiven() {
    assertThat(token(null).valid().paymentToken()).isEqualTo("tok_ok");
  }

  @Test
  void namesEachFieldThatIsMissing() {
    isInvalid(customer(null), "/customerId");
    isInvalid(currency(null), "/currency");
    isInvalid(new PlaceOrderRequest("customer-1", "EUR", null, "tok_ok"), "/lines");
    isInvalid(body(LINE, new Line(null, 1, 1L)), "/lines/1/sku");
    isInvalid(body(LINE, new Line("pear", null, 1L)), "/lines/1/quantity");
    isInvalid(body(LINE, new Line("pear", 1, null)), "/lines/1/unitPriceMinor");
  }

  @Test
  void namesAllThatIsMissingTogether() {
    isInvalid(new PlaceOrderRequest(null, null, null, null), "/customerId", "/currency", "/lines");
  }

  @Test
  void namesALineThatIsNull() {
    Problem problem = catchThrowableOfType(Problem.class, body(LINE, null)::valid);

    assertThat(problem.type()).isEqualTo(ProblemType.INVALID_BODY);
    assertThat(problem.faults()).extracting(Problem.Fault::pointer).contains("/lines/1");
  }

  @Test
  void missingAndInvalidFieldsAreReportedTogether() {
    isInvalid(
        new PlaceOrderRequest(null, "euro", List.of(LINE), "tok_ok"), "/customerId", "/currency");
  }

  @Test
  void takesCustomersOfOneTo64CharactersThatBeginWithALetterOrDigit() {
    isValid(customer("c"));
    isValid(customer("c".repeat(64)));
    isValid(customer("7._:-x"));
    isUnprocessable(customer(""), "/customerId");
    isUnprocessable(customer("c".repeat(65)), "/customerId");
    isUnprocessable(customer("-c"), "/customerId");
    isUnprocessable(customer("c d"), "/customerId");
    isUnprocessable(customer("c\n"), "/customerId");
    isUnprocessable(customer("é"), "/customerId");
  }

  @Test
  void acceptsTheCurrenciesOfMoney() {
    isValid(currency("JPY"));
    for (String regional : List.of("XAF", "XCD", "XCG", "XOF", "XPF", "SLE", "VED", "ZWG")) {
      isValid(currency(regional));
    }
    for (String withdrawn : List.of("ANG", "BGN", "CUC", "DEM", "HRK", "SLL", "ZWL")) {
      isUnprocessable(currency(withdrawn), "/currency");
    }
    for (String fund : List.of("BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW")) {
      isUnprocessable(currency(fund), "/currency");
    }
    for (String other : List.of("XAU", "XAD", "XDR", "XTS", "XUA")) {
      isUnprocessable(currency(other), "/currency");
    }
    isUnprocessable(currency("EURO"), "/currency");
    isUnprocessable(currency("eur"), "/currency");
    isUnprocessable(currency("XXX"), "/currency");
    isUnprocessable(currency(""), "/currency");
  }

  @Test
  void takesTokensOfTheProviderOnly() {
    isValid(token("tok_" + "a".repeat(60)));
    isUnprocessable(token("tok_" + "a".repeat(61)), "/paymentToken");
    isUnprocessable(token("tok_"), "/paymentToken");
    isUnprocessable(token("4111111111111111"), "/paymentToken");
  }

  @Test
  void takesOneTo100Lines() {
    isValid(body(lines(1)));
    isValid(body(lines(100)));
    isUnprocessable(body(), "/lines");
    isUnprocessable(body(lines(101)), "/lines");
  }

  @Test
  void takesEachSkuOnce() {
    isUnprocessable(body(LINE, new Line("pear", 1, 1L), LINE), "/lines/2/sku");
  }

  @Test
  void takesSkusOfOneTo64Characters() {
    isValid(body(new Line("s".repeat(64), 1, 1L)));
    isUnprocessable(body(new Line("s".repeat(65), 1, 1L)), "/lines/0/sku");
    isUnprocessable(body(new Line("", 1, 1L)), "/lines/0/sku");
    isUnprocessable(body(new Line("a:b", 1, 1L)), "/lines/0/sku");
  }

  @Test
  void takesQuantitiesOfOneTo10000() {
    isValid(body(new Line("apple", 1, 1L)));
    isValid(body(new Line("apple", 10_000, 1L)));
    isUnprocessable(body(new Line("apple", 0, 1L)), "/lines/0/quantity");
    isUnprocessable(body(new Line("apple", -1, 1L)), "/lines/0/quantity");
    isUnprocessable(body(new Line("apple", 10_001, 1L)), "/lines/0/quantity");
  }

  @Test
  void takesPricesOfOneToABillion() {
    isValid(body(new Line("apple", 1, 1L)));
    isValid(body(new Line("apple", 1, MAX_PRICE)));
    isUnprocessable(body(new Line("apple", 1, 0L)), "/lines/0/unitPriceMinor");
    isUnprocessable(body(new Line("apple", 1, MAX_PRICE + 1)), "/lines/0/unitPriceMinor");
  }

  @Test
  void acceptsTotalsThatEveryReaderRepresentsExactly() {
    // 2^53 - 1 = 9,007 x 10^12 + 199,254,740,991.
    Line most = new Line("apple", 9_007, MAX_PRICE);
    Valid largest = body(most, new Line("pear", 1, 199_254_740_991L)).valid();
    assertThat(Order.total(largest.lines())).isEqualTo(Order.MAX_TOTAL_MINOR);
    isUnprocessable(body(most, new Line("pear", 1, 199_254_740_992L)), "/lines");
    isUnprocessable(
        body(
            IntStream.range(0, 100)
                .mapToObj(i -> new Line("sku-" + i, 10_000, MAX_PRICE))
                .toArray(Line[]::new)),
        "/lines");
  }

  @Test
  void namesEveryRuleThatIsBroken() {
    isUnprocessable(
        new PlaceOrderRequest("-", "euro", Collections.singletonList(new Line("-", 0, 0L)), "card"),
        "/customerId",
        "/currency",
        "/paymentToken",
        "/lines/0/sku",
        "/lines/0/quantity",
        "/lines/0/unitPriceMinor");
  }
}
