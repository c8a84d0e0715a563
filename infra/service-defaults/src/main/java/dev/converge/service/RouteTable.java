package dev.converge.service;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The routes that name a path and methods, asked apart from the router: once a request has gone on
 * or failed, the router no longer knows which route was its own.
 */
final class RouteTable {
  private record Entry(Pattern path, String template, List<String> methods) {}

  private final Router router;
  private @Nullable List<Entry> entries;

  RouteTable(Router router) {
    this.router = router;
  }

  /** The template of a request's route, such as {@code /orders/{id}}; empty where it has none. */
  String template(String method, String path) {
    for (Entry entry : entries()) {
      if (entry.methods().contains(method) && entry.path().matcher(path).matches()) {
        return entry.template();
      }
    }
    return "";
  }

  /** The methods that a path takes, as {@code Allow} lists them; empty where it takes none. */
  String allowed(String path) {
    return entries().stream()
        .filter(entry -> entry.path().matcher(path).matches())
        .flatMap(entry -> entry.methods().stream())
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  // Read when first asked: by then every route is mounted.
  private List<Entry> entries() {
    if (entries == null) {
      entries =
          router.getRoutes().stream()
              .filter(route -> route.getPath() != null && route.methods() != null)
              .map(RouteTable::entry)
              .toList();
    }
    return entries;
  }

  private static Entry entry(Route route) {
    String path = route.getPath();
    return new Entry(
        Pattern.compile(path.replaceAll(":\\w+", "[^/]+")),
        path.replaceAll(":(\\w+)", "{$1}"),
        route.methods().stream().map(HttpMethod::name).toList());
  }
}
