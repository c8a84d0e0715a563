package dev.converge.console;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/**
 * A part and how its readiness is observed: {@code http} asks for an answer 200, {@code tcp} for a
 * connection.
 */
record Target(String id, URI probe) {
  static final String FORM = "NAME=http://HOST:PORT/PATH or NAME=tcp://HOST:PORT";

  private static final Set<String> SCHEMES = Set.of("http", "tcp");

  static boolean isValid(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || !text.substring(0, equals).matches("[a-z0-9-]{1,40}")) {
      return false;
    }
    try {
      URI uri = new URI(text.substring(equals + 1));
      return SCHEMES.contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getPort() > 0;
    } catch (URISyntaxException malformed) {
      return false;
    }
  }

  static Target parse(String text) {
    int equals = text.indexOf('=');
    return new Target(text.substring(0, equals), URI.create(text.substring(equals + 1)));
  }

  /** Whether it is a node of a role: order-service, or order-service-2. */
  boolean isOf(String role) {
    return id.equals(role) || id.startsWith(role + "-");
  }

  boolean isHttp() {
    return "http".equals(probe.getScheme());
  }
}
