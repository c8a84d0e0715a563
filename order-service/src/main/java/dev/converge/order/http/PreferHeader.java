package dev.converge.order.http;

import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code wait} preference of RFC 7240. A preference that is not understood is no error. */
final class PreferHeader {
  /** The longest wait; below the time after which an idle connection is closed. */
  static final Duration MAX_WAIT = Duration.ofSeconds(20);

  private static final Pattern WAIT =
      Pattern.compile(
          "(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,6})\"?(?:$|[,;\\s])", Pattern.CASE_INSENSITIVE);

  private PreferHeader() {}

  static Optional<Duration> wait(RoutingContext request) {
    return wait(request.request().headers().getAll("Prefer"));
  }

  static Optional<Duration> wait(List<String> values) {
    Matcher matcher = WAIT.matcher(String.join(",", values));
    if (!matcher.find()) {
      return Optional.empty();
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(matcher.group(1)));
    return Optional.of(asked.compareTo(MAX_WAIT) < 0 ? asked : MAX_WAIT);
  }
}
