package dev.converge.service.http;

import dev.converge.service.http.syntax.RequestTarget;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;

/**
 * A request whose target is not a path (RFC 9112, 3.2.3 and 3.2.4): {@code OPTIONS *} asks for the
 * methods of the server, {@code CONNECT host:port} asks for a tunnel. Vert.x's router refuses every
 * target that does not begin with a slash before any handler sees it.
 */
final class ServerWideRequest extends HttpServerRequestWrapper {
  private ServerWideRequest(HttpServerRequestInternal request) {
    super(request);
  }

  /** The request in a form that reaches the router's handlers. */
  static HttpServerRequest routable(HttpServerRequest request) {
    String method = request.method().name();
    return RequestTarget.asksForOptions(method, request.uri())
            || RequestTarget.asksForTunnel(method, request.uri())
        ? new ServerWideRequest((HttpServerRequestInternal) request)
        : request;
  }

  @Override
  public String path() {
    return RequestTarget.SERVER_PATH;
  }
}
