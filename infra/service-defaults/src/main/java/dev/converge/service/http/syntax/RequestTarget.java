package dev.converge.service.http.syntax;

import org.jspecify.annotations.Nullable;

/**
 * The target of a request (RFC 9112, 3.2). A path has one form here: segments that are not empty
 * and not dots, of characters that need no encoding. No path of a service needs another form; one
 * in another form would be a second name of the same resource.
 *
 * @param authority the host that the target names, null where it names none
 */
public record RequestTarget(@Nullable Authority authority, String path) {
  /** The path of a target that has none. A client can send the same path, but as another target. */
  public static final String SERVER_PATH = "/*";

  private static final String SCHEME = "http://";
  private static final RequestTarget SERVER = new RequestTarget(null, SERVER_PATH);
  // RFC 3986, 3.3: the characters of a segment beside letters and digits, without the semicolon.
  private static final String MARKS = "-._~!$&'()*+,=:@";

  /** The target of a method, or null where it is not in that form. */
  public static @Nullable RequestTarget of(String method, String uri) {
    return asksForOptions(method, uri) ? SERVER : canonical(uri);
  }

  /** Whether a request is {@code OPTIONS *}, which asks for the methods of the server. */
  public static boolean asksForOptions(String method, String uri) {
    return uri.equals("*") && method.equals("OPTIONS");
  }

  /** Whether a request is {@code CONNECT host:port}, which asks for a tunnel. */
  public static boolean asksForTunnel(String method, String uri) {
    return method.equals("CONNECT") && !uri.startsWith("/") && !uri.contains("://");
  }

  /** Whether a target names a host and a port, as that of a tunnel must. */
  public static boolean namesTunnel(String uri) {
    Authority end = Authority.parse(uri);
    return end != null && end.port() > 0;
  }

  private static @Nullable RequestTarget canonical(String uri) {
    // A fragment is never sent (RFC 9110, 7.1).
    if (uri.indexOf('#') >= 0) {
      return null;
    }
    if (uri.startsWith("/")) {
      String path = upTo("?", uri);
      return isCanonical(path) ? new RequestTarget(null, path) : null;
    }
    if (!uri.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    String rest = uri.substring(SCHEME.length());
    String host = upTo("/?", rest);
    Authority authority = Authority.parse(host);
    String path = upTo("?", rest.substring(host.length()));
    return authority != null && isCanonical(path) ? new RequestTarget(authority, path) : null;
  }

  private static String upTo(String ends, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (ends.indexOf(text.charAt(i)) >= 0) {
        return text.substring(0, i);
      }
    }
    return text;
  }

  private static boolean isCanonical(String path) {
    // The root has no other form.
    if (path.equals("/")) {
      return true;
    }
    int begin = 0;
    while (begin < path.length()) {
      if (path.charAt(begin) != '/') {
        return false;
      }
      int end = begin + 1;
      while (end < path.length() && isOfSegment(path.charAt(end))) {
        end++;
      }
      if (isEmptyOrDots(path, begin + 1, end)) {
        return false;
      }
      begin = end;
    }
    return begin > 0;
  }

  private static boolean isOfSegment(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }

  private static boolean isEmptyOrDots(String path, int from, int to) {
    int length = to - from;
    return length == 0
        || (length == 1 && path.charAt(from) == '.')
        || (length == 2 && path.charAt(from) == '.' && path.charAt(from + 1) == '.');
  }

  /** Whether each percent sign of a target begins an encoded byte. */
  public static boolean isPercentEncoded(String uri) {
    for (int at = uri.indexOf('%'); at >= 0; at = uri.indexOf('%', at + 1)) {
      if (at + 2 >= uri.length() || !isHex(uri.charAt(at + 1)) || !isHex(uri.charAt(at + 2))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHex(char c) {
    return Character.digit(c, 16) >= 0 && c < 128;
  }
}
