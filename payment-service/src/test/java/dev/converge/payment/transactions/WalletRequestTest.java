package dev.converge.payment.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.http.ExactJson;
import dev.converge.payment.provider.Wallets.Amount;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: a coordinator's request is read strictly, and an answer names each field at fault. Method:
 * examples, and a comparison with the OpenAPI document.
 */
class WalletRequestTest {
  private static final String ORDER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901";
  private static final GlobalId ID =
      new GlobalId("2pc", UUID.fromString(ORDER), List.of("inventory", "payment"));

  private static JsonObject valid() {
    return new JsonObject()
        .put("orderId", ORDER)
        .put("token", "tok_wallet_ada")
        .put("amountMinor", 5)
        .put("currency", "EUR");
  }

  private static Problem refusal(JsonObject body) {
    return catchThrowableOfType(
        Problem.class, () -> assertThat(WalletRequest.read(ID, body)).isNull());
  }

  @Test
  void validRequestIsRead() {
    WalletRequest read = WalletRequest.read(ID, valid());

    assertThat(read)
        .isEqualTo(
            new WalletRequest(UUID.fromString(ORDER), new Amount("tok_wallet_ada", "EUR", 5)));
    assertThat(WalletRequest.stored(ID, valid())).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource({
    "422, amountMinor, -500",
    "422, amountMinor, 0",
    "422, amountMinor, 9007199254740992",
    "400, amountMinor, 1.5",
    "400, amountMinor, null",
    "400, amountMinor, true",
    "422, token, '\"tok_ok\"'",
    "422, currency, '\"EURO\"'",
    "400, currency, 978",
    "422, orderId, '\"0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a902\"'",
    "400, more, 1"
  })
  void fieldAtFaultIsNamed(int status, String field, String value) {
    JsonObject body = valid().mergeIn(new JsonObject("{\"" + field + "\":" + value + "}"));

    Problem problem = refusal(body);

    assertThat(problem.type().status()).isEqualTo(status);
    assertThat(problem.faults()).extracting(Fault::pointer).containsExactly("/" + field);
  }

  @Test
  void everyMissingFieldIsNamed() {
    assertThat(refusal(new JsonObject()).faults())
        .extracting(Fault::pointer)
        .containsExactlyInAnyOrder("/orderId", "/token", "/amountMinor", "/currency");
  }

  @Test
  void requestIsReadIfAndOnlyIfItFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        ContractResources.document("openapi/payment-service.json"),
        "/paths/~1transactions~1{gid}/put",
        WalletRequestTest::isRead,
        body -> !body.path("orderId").asText().equals(ORDER));
  }

  private static boolean isRead(String body) {
    try {
      return WalletRequest.read(ID, ExactJson.decode(Buffer.buffer(body)))
          .orderId()
          .equals(ID.transaction());
    } catch (DecodeException noObject) {
      // The route refuses it before.
      return false;
    } catch (Problem refused) {
      assertThat(refused.faults()).isNotEmpty();
      return false;
    }
  }
}
