package dev.converge.order.http;

import static dev.converge.order.http.OrderProblems.invalidParameter;

import dev.converge.order.application.FindOrder;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.UUID;

/** Sums of orders, for the audits of other services. */
final class OrderTotalsRoute {
  private static final long TOTALS_MILLIS = Duration.ofMinutes(15).toMillis();

  private final FindOrder findOrder;
  private final OrderView view;

  OrderTotalsRoute(FindOrder findOrder, OrderView view) {
    this.findOrder = findOrder;
    this.view = view;
  }

  void mount(Router router) {
    router.get("/order-totals").handler(this::totals);
  }

  private void totals(RoutingContext request) {
    UUID from = requiredUuid(request, "from");
    UUID before = requiredUuid(request, "before");
    long millis = millis(before) - millis(from);
    if (!isAbove(before, from) || millis > TOTALS_MILLIS) {
      throw invalidParameter("before", "must be above from, by 15 minutes at most");
    }
    findOrder
        .totals(from, before)
        .onSuccess(totals -> Answers.json(request, 200, view.totals(totals).encode()))
        .onFailure(request::fail);
  }

  // An id begins with 48 bits of milliseconds since 1970 (RFC 9562).
  private static long millis(UUID id) {
    return id.getMostSignificantBits() >>> 16;
  }

  // As the database orders them: UUID.compareTo takes halves that begin with a 1 for negative.
  private static boolean isAbove(UUID one, UUID other) {
    int high = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
    int low = Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    return high > 0 || (high == 0 && low > 0);
  }

  private static UUID requiredUuid(RoutingContext request, String parameter) {
    UUID value = RequestParameters.queryUuid(request, parameter);
    if (value == null) {
      throw invalidParameter(parameter, "is required");
    }
    return value;
  }
}
