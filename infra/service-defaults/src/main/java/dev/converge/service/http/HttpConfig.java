package dev.converge.service.http;

import dev.converge.service.http.syntax.Authority;
import dev.converge.service.runtime.Env;
import java.util.List;

/**
 * The address of a service's HTTP server.
 *
 * @param host to listen on
 * @param allowedHosts hosts for which it answers, each with a port or without, beside those of the
 *     loopback interface and the one it listens on
 */
public record HttpConfig(String host, int port, List<String> allowedHosts) {
  public HttpConfig {
    allowedHosts = List.copyOf(allowedHosts);
  }

  /**
   * Reads HTTP_HOST, HTTP_PORT and HTTP_ALLOWED_HOSTS.
   *
   * @param port the default port
   */
  public static HttpConfig from(Env env, int port) {
    return new HttpConfig(
        env.text("HTTP_HOST", "127.0.0.1"),
        env.integer("HTTP_PORT", port, 1, 65_535),
        env.list(
            "HTTP_ALLOWED_HOSTS",
            host -> Authority.parse(host) != null,
            "a host, such as shop.example or shop.example:8443"));
  }
}
