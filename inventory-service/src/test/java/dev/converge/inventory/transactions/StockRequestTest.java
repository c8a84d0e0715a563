package dev.converge.inventory.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.http.ExactJson;
import dev.converge.inventory.domain.ReservationLine;
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
class StockRequestTest {
  private static final String ORDER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901";
  private static final GlobalId ID =
      new GlobalId("2pc", UUID.fromString(ORDER), List.of("inventory", "payment"));

  private static Problem refusal(String body) {
    JsonObject request = new JsonObject(body.replace('\'', '"'));
    return catchThrowableOfType(
        Problem.class, () -> assertThat(StockRequest.read(ID, request)).isNull());
  }

  private static String withLines(String lines) {
    return "{'orderId':'" + ORDER + "','lines':" + lines + "}";
  }

  @Test
  void validRequestIsRead() {
    JsonObject body = new JsonObject(withLines("[{'sku':'pot','quantity':2}]").replace('\'', '"'));

    assertThat(StockRequest.read(ID, body))
        .isEqualTo(
            new StockRequest(UUID.fromString(ORDER), List.of(new ReservationLine("pot", 2))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "422|/lines|[]",
        "400|/lines|'pot'",
        "400|/lines/0|[1]",
        "400|/lines/0/sku|[{'quantity':1}]",
        "422|/lines/0/sku|[{'sku':' ','quantity':1}]",
        "400|/lines/0/quantity|[{'sku':'pot'}]",
        "422|/lines/0/quantity|[{'sku':'pot','quantity':0}]",
        "422|/lines/0/quantity|[{'sku':'pot','quantity':-5}]",
        "422|/lines/0/quantity|[{'sku':'pot','quantity':10001}]",
        "422|/lines/0/quantity|[{'sku':'pot','quantity':99999999999}]",
        "400|/lines/0/quantity|[{'sku':'pot','quantity':1.5}]",
        "400|/lines/0/price|[{'sku':'pot','quantity':1,'price':1}]",
        "422|/lines/1/sku|[{'sku':'pot','quantity':1},{'sku':'pot','quantity':1}]"
      })
  void faultOfALineIsNamed(int status, String pointer, String lines) {
    Problem problem = refusal(withLines(lines));

    assertThat(problem.type().status()).isEqualTo(status);
    assertThat(problem.faults()).extracting(Fault::pointer).containsExactly(pointer);
  }

  @Test
  void everyMissingFieldIsNamed() {
    Problem problem = refusal("{}");

    assertThat(problem.type().status()).isEqualTo(400);
    assertThat(problem.faults()).extracting(Fault::pointer).containsExactly("/orderId", "/lines");
  }

  @Test
  void orderIsThatOfTheTransaction() {
    String other = withLines("[{'sku':'pot','quantity':2}]").replace("a901", "a902");

    assertThat(refusal(other).type().status()).isEqualTo(422);
    assertThat(refusal(other).faults())
        .containsExactly(new Fault("/orderId", "must be " + ORDER + ", as in the path"));
    assertThat(refusal("{'orderId':'x'}").faults())
        .extracting(Fault::pointer)
        .containsExactly("/orderId", "/lines");
  }

  @Test
  void requestIsReadIfAndOnlyIfItFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        ContractResources.document("openapi/inventory-service.json"),
        "/paths/~1transactions~1{gid}/put",
        StockRequestTest::isRead,
        body ->
            !body.path("orderId").asText().equals(ORDER)
                || body.path("lines").findValuesAsText("sku").stream().distinct().count()
                    < body.path("lines").size());
  }

  private static boolean isRead(String body) {
    try {
      return StockRequest.read(ID, ExactJson.decode(Buffer.buffer(body)))
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
