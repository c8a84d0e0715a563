package dev.converge.lab.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Goal: every order of a load is one that the API takes. Method: bodies of random seeds against the
 * schema of the order service's API.
 */
class OrderBodiesTest {
  private static final int BODIES = 200;

  @Test
  void everyBodyFitsTheApi() {
    ObjectNode api = ContractResources.document("openapi/order-service.json");
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.set("components", api.get("components"));
    schema.put("$ref", "#/components/schemas/PlaceOrderRequest");
    Seed.forEach(
        5,
        seed -> {
          for (String body : bodies(seed)) {
            assertThat(ContractResources.faults(schema, ContractResources.tree(body)))
                .as(body)
                .isEmpty();
          }
        });
  }

  @Test
  void noSkuIsInTwoLinesAndEachIsStocked() {
    List<String> stocked = OrderBodies.skus();
    Seed.forEach(
        5,
        seed -> {
          for (String body : bodies(seed)) {
            List<String> skus = new ArrayList<>();
            for (JsonNode line : ContractResources.tree(body).get("lines")) {
              skus.add(line.get("sku").textValue());
              assertThat(line.get("quantity").intValue()).isBetween(1, 3);
              assertThat(line.get("unitPriceMinor").intValue()).isBetween(100, 9_999);
            }
            assertThat(skus).hasSizeBetween(1, 2).doesNotHaveDuplicates().isSubsetOf(stocked);
          }
        });
  }

  @Test
  void sameSeedGivesTheSameBodiesAndAnotherGivesOthers() {
    assertThat(bodies(1)).isEqualTo(bodies(1)).isNotEqualTo(bodies(2));
  }

  private static List<String> bodies(long seed) {
    OrderBodies bodies = new OrderBodies(seed);
    return IntStream.range(0, BODIES).mapToObj(at -> bodies.next()).toList();
  }
}
