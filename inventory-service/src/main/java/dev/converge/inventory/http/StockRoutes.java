package dev.converge.inventory.http;

import dev.converge.contracts.MessageFields;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.application.StockRepository.Stocked;
import dev.converge.inventory.domain.StockItem;
import dev.converge.service.http.Answers;
import dev.converge.service.http.HeldRow;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Optional;

/** {@code GET /stock}, {@code GET /stock/{sku}}, {@code PUT /stock/{sku}}. */
public final class StockRoutes {
  private static final long MAX_AVAILABLE = 1_000_000_000_000L;
  private static final int PAGE = 100;

  private final Pool pool;
  private final StockRepository stock;

  public StockRoutes(Pool pool, StockRepository stock) {
    this.pool = pool;
    this.stock = stock;
  }

  /** Reads the available units from the body of {@code PUT /stock/{sku}}. */
  static long available(BodyObject body) {
    BodyFaults faults = body.faults();
    long available = faults.required("/available", body.int64("available"), 0L);
    faults.rule(
        "/available",
        available >= 0 && available <= MAX_AVAILABLE,
        "must be 0 to " + MAX_AVAILABLE);
    return available;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.get("/stock").handler(this::list);
    router.get("/stock/:sku").handler(this::find);
    router.put("/stock/:sku").handler(this::set);
  }

  private void list(RoutingContext request) {
    String after = Optional.ofNullable(request.request().getParam("after")).orElse("");
    if (!after.isEmpty() && !MessageFields.SKU.matcher(after).matches()) {
      throw invalid("after");
    }
    DatabaseConfig.inTime(stock.list(pool, after, PAGE))
        .onSuccess(items -> Answers.json(request, 200, page(items)))
        .onFailure(request::fail);
  }

  private void find(RoutingContext request) {
    DatabaseConfig.inTime(stock.find(pool, sku(request)))
        .onSuccess(found -> answer(request, found))
        .onFailure(request::fail);
  }

  private void set(RoutingContext request) {
    String sku = sku(request);
    long available = JsonBody.read(request, StockRoutes::available);
    DatabaseConfig.inTime(stock.setAvailable(pool, sku, available))
        .recover(cause -> HeldRow.explain(cause, () -> stock.holder(pool, sku)))
        .onSuccess(stocked -> answer(request, stocked))
        .onFailure(request::fail);
  }

  private static void answer(RoutingContext request, Stocked stocked) {
    if (stocked.isNew()) {
      request.response().putHeader(HttpHeaders.LOCATION, "/stock/" + stocked.item().sku());
    }
    Answers.json(request, stocked.isNew() ? 201 : 200, json(stocked.item()).encode());
  }

  private static void answer(RoutingContext request, Optional<StockItem> found) {
    found.ifPresentOrElse(
        item -> Answers.json(request, 200, json(item).encode()),
        () -> request.fail(Problem.of(ProblemType.NOT_FOUND, "no such SKU")));
  }

  private static String page(List<StockItem> items) {
    JsonArray array = new JsonArray();
    items.forEach(item -> array.add(json(item)));
    JsonObject page = new JsonObject().put("items", array);
    if (items.size() == PAGE) {
      page.put("next", "/stock?after=" + items.get(PAGE - 1).sku());
    }
    return page.encode();
  }

  private static JsonObject json(StockItem item) {
    return new JsonObject()
        .put("sku", item.sku())
        .put("available", item.available())
        .put("reserved", item.reserved())
        .put("shipped", item.shipped());
  }

  private static String sku(RoutingContext request) {
    String sku = String.valueOf(request.pathParam("sku"));
    if (!MessageFields.SKU.matcher(sku).matches()) {
      throw invalid("sku");
    }
    return sku;
  }

  private static Problem invalid(String parameter) {
    return Problem.of(
        ProblemType.INVALID_PARAMETER,
        List.of(new Problem.Fault(parameter, "must match " + MessageFields.SKU.pattern())));
  }
}
