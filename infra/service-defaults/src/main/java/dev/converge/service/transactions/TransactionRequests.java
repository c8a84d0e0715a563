package dev.converge.service.transactions;

import dev.converge.commitment.GlobalId;
import dev.converge.service.ServiceParts;
import dev.converge.service.http.RequestSpans;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Gives requests about a transaction what the service's other requests have. */
final class TransactionRequests {
  static final String PATHS = "/transactions/*";
  private static final Pattern PATH = Pattern.compile("/transactions/([^/]+)(?:/[a-z]+)?");

  private TransactionRequests() {}

  /** Marks the span of a request with the protocol of its transaction. */
  static void mark(RoutingContext request) {
    id(request)
        .ifPresent(
            id ->
                RequestSpans.setAttribute(request, ServiceParts.PROTOCOL_ATTRIBUTE, id.protocol()));
    request.next();
  }

  private static Optional<GlobalId> id(RoutingContext request) {
    Matcher path = PATH.matcher(String.valueOf(request.request().path()));
    return path.matches() ? GlobalId.parse(path.group(1)) : Optional.empty();
  }
}
