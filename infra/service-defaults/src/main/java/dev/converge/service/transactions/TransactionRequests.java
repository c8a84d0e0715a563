package dev.converge.service.transactions;

import dev.converge.commitment.GlobalId;
import dev.converge.service.ServiceParts;
import dev.converge.service.http.RequestSpans;
import dev.converge.service.http.json.JsonBody;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Gives requests about a transaction what the service's other requests have. */
final class TransactionRequests {
  static final String PATHS = "/transactions/*";
  private static final Pattern PATH = Pattern.compile("/transactions/([^/]+)(?:/([a-z]+))?");

  private static final Set<String> WITH_BODY = Set.of("resolve", "acknowledge", "proposals");

  private TransactionRequests() {}

  /**
   * Marks the span of a request with the protocol of its transaction, and refuses a body that other
   * requests may not have either.
   */
  static void check(RoutingContext request) {
    Matcher path = PATH.matcher(String.valueOf(request.request().path()));
    if (path.matches()) {
      GlobalId.parse(path.group(1)).ifPresent(id -> check(request, id, path.group(2)));
    }
    request.next();
  }

  private static void check(RoutingContext request, GlobalId id, @Nullable String action) {
    RequestSpans.setAttribute(request, ServiceParts.PROTOCOL_ATTRIBUTE, id.protocol());
    HttpMethod method = request.request().method();
    boolean isWork = action == null && method.equals(HttpMethod.PUT);
    if (isWork
        || (action != null && WITH_BODY.contains(action) && method.equals(HttpMethod.POST))) {
      JsonBody.requireObject(request);
    }
  }
}
