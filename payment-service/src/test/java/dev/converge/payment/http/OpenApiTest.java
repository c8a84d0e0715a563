package dev.converge.payment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.contracts.Currencies;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.transactions.TransactionParts;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import io.vertx.ext.web.Router;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Goal: the document at {@code /openapi.json} describes the API. Method: compares its operations
 * with the mounted routes, and its examples with its schemas.
 */
class OpenApiTest implements OpenApiContract {
  private static final ObjectNode DOCUMENT =
      ContractResources.document("openapi/payment-service.json");

  @Override
  public ObjectNode document() {
    return DOCUMENT;
  }

  /** Routes that are never called need no dependencies. */
  @Override
  @SuppressWarnings("NullAway")
  public void mount(Router router) {
    new PaymentRoutes(null, null).mount(router);
    new ProviderRoutes(null).mount(router);
    new WalletRoutes(null, null).mount(router);
    TransactionParts.mount(router, null, null, null, null);
    new OperatorRoutes(null, "", null).mount(router);
  }

  @Test
  void providerIsSwitchedIfAndOnlyIfTheBodyFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        DOCUMENT, "/paths/~1provider/put", OpenApiTest::isAccepted, anyBody -> false);
  }

  @Test
  void walletIsSetIfAndOnlyIfTheBodyFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        DOCUMENT,
        "/paths/~1wallets~1{token}/put",
        body -> isAccepted(body, WalletRoutes::balance),
        anyBody -> false);
  }

  @Test
  void currenciesOfWalletsAreThoseOfOrders() {
    assertThat(DOCUMENT.at("/components/schemas/Currency/enum"))
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(Currencies.active());
  }

  private static boolean isAccepted(String body) {
    return isAccepted(body, read -> ProviderRoutes.switches(read, 0));
  }

  private static boolean isAccepted(String body, Function<BodyObject, ?> reader) {
    try {
      return JsonBody.parse(body, reader) != null;
    } catch (Problem refused) {
      assertThat(refused.faults()).isNotEmpty();
      return false;
    }
  }

  @Test
  void refusalOfABehaviourListsTheBehaviours() {
    assertThatThrownBy(
            () ->
                JsonBody.parse(
                    "{\"behaviour\":\"normal\",\"delayMillis\":1.5,\"more\":1}",
                    read -> ProviderRoutes.switches(read, 0)))
        .isInstanceOfSatisfying(
            Problem.class,
            problem ->
                assertThat(problem.faults())
                    .extracting(fault -> fault.pointer() + " " + fault.detail())
                    .containsExactlyInAnyOrder(
                        "/behaviour must be one of [NORMAL, DECLINE, SLOW, FAIL, LOSE_ANSWER]",
                        "/delayMillis must be an integer",
                        "/more unknown field"));
  }
}
