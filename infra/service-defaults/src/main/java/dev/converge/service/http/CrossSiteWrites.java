package dev.converge.service.http;

import dev.converge.service.http.syntax.Authority;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Detects writes that a page of another site makes the user's browser send. Browsers send the
 * origin of a request in {@code Sec-Fetch-Site}, and in the {@code Origin} of every write. Other
 * clients send neither.
 */
final class CrossSiteWrites {
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
  // "none" is a request of the user, such as a bookmark.
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private CrossSiteWrites() {}

  static boolean isWrite(String method) {
    return !SAFE_METHODS.contains(method);
  }

  /**
   * Whether a page of another origin sends a write.
   *
   * @param sites values of {@code Sec-Fetch-Site}
   * @param origins values of {@code Origin}
   * @param host of the request, if it names one
   * @param isHttp whether the request states the scheme {@code http}; otherwise it may have passed
   *     a gateway that terminates TLS
   */
  static boolean isForeign(
      List<String> sites, List<String> origins, @Nullable Authority host, boolean isHttp) {
    boolean isOwnSite = sites.isEmpty() || (sites.size() == 1 && OWN_SITES.contains(sites.get(0)));
    boolean isOwnOrigin =
        origins.isEmpty() || (origins.size() == 1 && isSameOrigin(origins.get(0), host, isHttp));
    return !isOwnSite || !isOwnOrigin;
  }

  private static boolean isSameOrigin(String origin, @Nullable Authority to, boolean isHttp) {
    String lower = origin.toLowerCase(Locale.ROOT);
    boolean isSecure = lower.startsWith("https://");
    if (to == null || (isSecure && isHttp) || (!isSecure && !lower.startsWith("http://"))) {
      return false;
    }
    Authority from = Authority.parse(lower.substring(lower.indexOf("//") + 2));
    int byDefault = isSecure ? 443 : 80;
    return from != null
        && from.host().equals(to.host())
        && from.portOr(byDefault) == to.portOr(byDefault);
  }
}
