package dev.converge.inventory.transactions;

import dev.converge.commitment.GlobalId;
import dev.converge.contracts.MessageFields;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The work that is requested of the inventory in a transaction: the stock that an order needs. */
record StockRequest(UUID orderId, List<ReservationLine> lines) {
  private record Line(@Nullable String sku, @Nullable Integer quantity) {
    static Line from(BodyObject body) {
      return new Line(body.text("sku"), body.int32("quantity"));
    }
  }

  private static final Line NO_LINE = new Line(null, null);

  /**
   * The request as it arrives, checked.
   *
   * @throws dev.converge.service.http.problem.Problem with the fields at fault
   */
  static StockRequest read(GlobalId id, JsonObject request) {
    return JsonBody.parse(request.encode(), body -> read(id, body));
  }

  private static StockRequest read(GlobalId id, BodyObject body) {
    BodyFaults faults = body.faults();
    String order = id.transaction().toString();
    String orderId = faults.required("/orderId", body.text("orderId"), "");
    faults.rule("/orderId", orderId.equals(order), "must be " + order + ", as in the path");
    List<@Nullable Line> given =
        faults.required("/lines", body.objects("lines", Line::from), List.of());
    faults.rule(
        "/lines",
        !given.isEmpty() && given.size() <= MessageFields.MAX_LINES,
        "must have 1 to " + MessageFields.MAX_LINES + " lines");
    return new StockRequest(id.transaction(), lines(given, faults));
  }

  private static List<ReservationLine> lines(List<@Nullable Line> given, BodyFaults faults) {
    List<ReservationLine> lines = new ArrayList<>();
    Set<String> skus = new HashSet<>();
    for (int i = 0; i < Math.min(given.size(), MessageFields.MAX_LINES); i++) {
      String at = "/lines/" + i;
      Line line = faults.required(at, given.get(i), NO_LINE);
      String sku = faults.required(at + "/sku", line.sku(), "");
      faults.rule(
          at + "/sku",
          MessageFields.SKU.matcher(sku).matches(),
          "must match " + MessageFields.SKU.pattern());
      faults.rule(at + "/sku", skus.add(sku), "is in another line too");
      int quantity = faults.required(at + "/quantity", line.quantity(), 0);
      boolean fits = quantity >= 1 && quantity <= MessageFields.MAX_QUANTITY;
      faults.rule(at + "/quantity", fits, "must be 1 to " + MessageFields.MAX_QUANTITY);
      if (fits) {
        lines.add(new ReservationLine(sku, quantity));
      }
    }
    return lines;
  }
}
