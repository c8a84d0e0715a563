package dev.converge.service.http;

import dev.converge.service.http.connection.ConnectionAdmission;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.http.syntax.AcceptHeader;
import dev.converge.service.http.syntax.Authority;
import dev.converge.service.http.syntax.RequestTarget;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Rules for all requests. Each rule is a filter that continues with the next one or fails the
 * request with a {@link Problem}.
 */
final class RequestRules {
  private static final CharSequence SEC_FETCH_SITE = HttpHeaders.createOptimized("sec-fetch-site");

  static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT");

  // Of a request: the host that its target names.
  private static final String NAMED = "converge.host";

  private final ConnectionAdmission connections;
  private final AllowedHosts hosts;
  private final RouteTable table;
  private final DocumentedParameters parameters;

  /** The last accepted Host, as a cache: most requests have the same. */
  private String admitted = "";

  RequestRules(
      ConnectionAdmission connections,
      AllowedHosts hosts,
      RouteTable table,
      DocumentedParameters parameters) {
    this.connections = connections;
    this.hosts = hosts;
    this.table = table;
    this.parameters = parameters;
  }

  /** Requires one Host, one Content-Type, and a target that can be decoded. */
  static void requireWellFormed(RoutingContext request) {
    if (isDuplicate(request, HttpHeaders.HOST)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "more than one Host"));
    } else if (isDuplicate(request, HttpHeaders.CONTENT_TYPE)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "more than one Content-Type"));
    } else if (!isDecodable(request)) {
      request.fail(
          Problem.of(ProblemType.INVALID_REQUEST, "the path or the query is not percent-encoded"));
    } else {
      request.next();
    }
  }

  private static boolean isDuplicate(RoutingContext request, CharSequence header) {
    return request.request().headers().getAll(header).size() > 1;
  }

  private static boolean isDecodable(RoutingContext request) {
    try {
      return RequestTarget.isPercentEncoded(request.request().uri())
          && (request.request().query() == null || request.queryParams() != null);
    } catch (HttpException malformed) {
      // Not decodable.
      return false;
    }
  }

  /**
   * Requires a host of this service and a path in canonical form. The host of a target replaces
   * Host, which must be valid nevertheless (RFC 9112, 3.2.2).
   */
  void requireTarget(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    String host = request.getHeader(HttpHeaders.HOST);
    // Vert.x accepts HTTP/1.0 without one.
    Authority asked = host == null || host.equals(admitted) ? null : Authority.parse(host);
    boolean isMalformed = host != null && asked == null && !host.equals(admitted);
    RequestTarget target = RequestTarget.of(request.method().name(), request.uri());
    Authority named = target == null ? null : target.authority();
    if (isMalformed) {
      routing.fail(Problem.of(ProblemType.INVALID_REQUEST, "Host is not a host"));
    } else if (!isOurs(named == null ? asked : named, request)) {
      routing.fail(Problem.of(ProblemType.MISDIRECTED_REQUEST, "Host does not name this service"));
    } else if (RequestTarget.asksForTunnel(request.method().name(), request.uri())) {
      refuseTunnel(routing);
    } else if (target == null || !target.path().equals(request.path())) {
      routing.fail(Problem.of(ProblemType.NOT_FOUND, "no such resource"));
    } else {
      if (host != null && asked != null && hosts.admit(asked, null)) {
        admitted = host;
      }
      routing.put(NAMED, named);
      routing.next();
    }
  }

  private void refuseTunnel(RoutingContext routing) {
    if (RequestTarget.namesTunnel(routing.request().uri())) {
      String allow = table.server().allow();
      routing.response().putHeader(HttpHeaders.ALLOW, allow);
      routing.fail(Problem.of(ProblemType.METHOD_NOT_ALLOWED, "allowed: " + allow));
    } else {
      routing.fail(
          Problem.of(ProblemType.INVALID_REQUEST, "the target of CONNECT is a host and a port"));
    }
  }

  private boolean isOurs(@Nullable Authority asked, HttpServerRequest request) {
    if (asked == null) {
      return true;
    }
    SocketAddress local = request.localAddress();
    return hosts.admit(asked, local == null ? null : local.hostAddress());
  }

  /** Refuses every request but probes on a connection that was admitted for probes alone. */
  void refuseAllButProbes(RoutingContext request) {
    HttpConnection connection = request.request().connection();
    if (Probes.isProbe(request.request().path()) || !connections.isForProbesOnly(connection)) {
      request.next();
      return;
    }
    request.response().putHeader(HttpHeaders.CONNECTION, "close");
    request.addEndHandler(answered -> connection.close());
    request.fail(Problems.tooManyConnections());
  }

  /** Requires a known method that the path supports. Answers OPTIONS. */
  void requireRoute(RoutingContext request) {
    String method = request.request().method().name();
    if (!METHODS.contains(method)) {
      request.fail(Problem.of(ProblemType.METHOD_UNKNOWN, method));
      return;
    }
    RouteTable.Match match = table.match(request);
    if (match.isNone()) {
      request.fail(Problem.of(ProblemType.NOT_FOUND, "no such resource"));
    } else if (method.equals("OPTIONS")) {
      request.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, match.allow());
      Answers.endEmpty(request.request());
    } else if (!match.takes(method)) {
      request.response().putHeader(HttpHeaders.ALLOW, match.allow());
      request.fail(Problem.of(ProblemType.METHOD_NOT_ALLOWED, "allowed: " + match.allow()));
    } else {
      request.next();
    }
  }

  /** Refuses a write that a page of another site makes the user's browser send. */
  static void refuseCrossSiteWrite(RoutingContext request) {
    MultiMap headers = request.request().headers();
    boolean isForeign =
        CrossSiteWrites.isWrite(request.request().method().name())
            && CrossSiteWrites.isForeign(
                headers.getAll(SEC_FETCH_SITE),
                headers.getAll(HttpHeaders.ORIGIN),
                host(request),
                // A target that names its host has the scheme http: see RequestTarget.
                request.get(NAMED) != null);
    if (isForeign) {
      request.fail(Problem.of(ProblemType.CROSS_SITE_REQUEST, "comes from a page of another site"));
    } else {
      request.next();
    }
  }

  /** The host of a request. */
  private static @Nullable Authority host(RoutingContext request) {
    Authority named = request.get(NAMED);
    String host = request.request().getHeader(HttpHeaders.HOST);
    return named != null || host == null ? named : Authority.parse(host);
  }

  /** Requires an Accept header that allows JSON, and documented query parameters. */
  void requireDocumented(RoutingContext request) {
    if (!AcceptHeader.admitsJson(request.request().headers().getAll(HttpHeaders.ACCEPT))) {
      request.fail(Problem.of(ProblemType.NOT_ACCEPTABLE, "answers are application/json"));
      return;
    }
    List<Problem.Fault> faults = faults(request);
    if (faults.isEmpty()) {
      request.next();
    } else {
      request.fail(Problem.of(ProblemType.INVALID_PARAMETER, faults));
    }
  }

  private List<Problem.Fault> faults(RoutingContext request) {
    if (request.request().query() == null) {
      return List.of();
    }
    String method = request.request().method().name();
    String operation =
        (method.equals("HEAD") ? "GET" : method) + " " + table.match(request).template();
    List<Problem.Fault> faults = new ArrayList<>();
    for (String name : request.queryParams().names()) {
      if (faults.size() == Problem.MOST_FAULTS) {
        break;
      }
      if (!parameters.takes(operation, name)) {
        String expected = parameters.expected(operation);
        faults.add(
            new Problem.Fault(
                name, "is no parameter of " + operation + " (expected: " + expected + ")"));
      } else if (request.queryParams().getAll(name).size() > 1) {
        faults.add(new Problem.Fault(name, "is there more than once"));
      }
    }
    return faults;
  }

  /**
   * Requires JSON without Content-Encoding, for a body and for the Content-Type of a write. Runs
   * before the body is read, because the body's handler would parse a form.
   */
  static void requireJson(RoutingContext request) {
    String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    String encoding = request.request().getHeader(HttpHeaders.CONTENT_ENCODING);
    boolean isWrite = CrossSiteWrites.isWrite(request.request().method().name());
    boolean hasBody = hasBody(request.request());
    Problem refusal = null;
    if (isWrite && hasBody) {
      refusal = JsonBody.refusal(type, encoding);
    } else if (type != null && (isWrite || (hasBody && isForm(type)))) {
      refusal = JsonBody.refusal(type, null);
    }
    if (refusal == null) {
      request.next();
    } else {
      request.fail(refusal);
    }
  }

  private static boolean isForm(String type) {
    String lower = type.toLowerCase(Locale.ROOT);
    return lower.startsWith("application/x-www-form-urlencoded")
        || lower.startsWith("multipart/form-data");
  }

  /**
   * Whether {@code close} is one of several options of Connection. Vert.x handles it only alone.
   */
  static boolean asksToClose(HttpServerRequest request) {
    String options = request.getHeader(HttpHeaders.CONNECTION);
    return options != null
        && options.indexOf(',') >= 0
        && Arrays.stream(options.split(",", -1))
            .anyMatch(each -> each.strip().equalsIgnoreCase("close"));
  }

  static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }
}
