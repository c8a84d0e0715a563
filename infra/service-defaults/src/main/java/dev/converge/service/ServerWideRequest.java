package dev.converge.service;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;

/**
 * A request whose target is not a path (RFC 9112, 3.2.3 and 3.2.4): {@code OPTIONS *} asks for the
 * methods of the server, {@code CONNECT host:port} asks for a tunnel. Vert.x's router refuses every
 * target that does not begin with a slash before any handler sees it.
 */
final class ServerWideRequest extends HttpServerRequestWrapper {
  /** Replaces the path. A client can send the same path, but with another target. */
  static final String PATH = "/*";

  private ServerWideRequest(HttpServerRequestInternal request) {
    super(request);
  }

  /** The request in a form that reaches the router's handlers. */
  static HttpServerRequest routable(HttpServerRequest request) {
    String method = request.method().name();
    return asksForOptions(method, request.uri()) || asksForTunnel(method, request.uri())
        ? new ServerWideRequest((HttpServerRequestInternal) request)
        : request;
  }

  static boolean asksForOptions(String method, String uri) {
    return uri.equals("*") && method.equals("OPTIONS");
  }

  static boolean asksForTunnel(String method, String uri) {
    return method.equals("CONNECT") && !uri.startsWith("/") && !uri.contains("://");
  }

  /** Whether a target names a host and a port, as that of a tunnel must. */
  static boolean namesTunnel(String uri) {
    Authority end = Authority.parse(uri);
    return end != null && end.port() > 0;
  }

  @Override
  public String path() {
    return PATH;
  }
}
