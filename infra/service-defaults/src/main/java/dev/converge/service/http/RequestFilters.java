package dev.converge.service.http;

import dev.converge.service.http.problem.Problem;
import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * The filters that a request passes before its route, in order. A filter continues with the next
 * one or fails the request with a {@link Problem}.
 */
final class RequestFilters {
  /** A named step; the name is that of its route in the router. */
  record Filter(String name, Handler<RoutingContext> handler) {}

  private final ConnectionEnd end;
  private final RequestRules rules;
  private final RequestSpans spans;
  private final BodyReader body;

  RequestFilters(ConnectionEnd end, RequestRules rules, RequestSpans spans, BodyReader body) {
    this.end = end;
    this.rules = rules;
    this.spans = spans;
    this.body = body;
  }

  /** Filters for every request, probes included. They run before the span begins. */
  List<Filter> ofAllRequests() {
    return List.of(
        new Filter("close-connection-after-answer", end::closeAfterAnswer),
        new Filter("require-well-formed", RequestRules::requireWellFormed),
        new Filter("require-target", rules::requireTarget),
        new Filter("refuse-all-but-probes", rules::refuseAllButProbes));
  }

  /** Filters for the service's own routes. */
  List<Filter> ofRoutes() {
    return List.of(
        new Filter("span", spans),
        new Filter("require-route", rules::requireRoute),
        new Filter("refuse-cross-site-write", RequestRules::refuseCrossSiteWrite),
        new Filter("require-documented", rules::requireDocumented),
        new Filter("require-json", RequestRules::requireJson),
        new Filter("limit-body-time", body::limitTime),
        new Filter("read-body", body::read));
  }

  static void mount(List<Filter> filters, Router router) {
    filters.forEach(filter -> router.route().setName(filter.name()).handler(filter.handler()));
  }
}
