package dev.converge.service.http;

import dev.converge.service.http.syntax.RequestTarget;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The routes that have a path and methods, matched independently of the router: after a request has
 * continued or failed, the router no longer knows its route.
 */
final class RouteTable {
  private static final String MATCH = "converge.route";

  /**
   * The route of a path.
   *
   * @param template such as {@code /orders/{id}}; {@code _OTHER} where there is no such path
   * @param allow its methods, as {@code Allow} lists them
   */
  record Match(String template, Set<String> methods, String allow) {
    private static final Match NONE = new Match("_OTHER", Set.of(), "");

    boolean isNone() {
      return methods.isEmpty();
    }

    boolean takes(String method) {
      return methods.contains(method);
    }
  }

  private record Entry(Pattern path, Match match) {}

  private final Router router;
  private @Nullable List<Entry> entries;

  RouteTable(Router router) {
    this.router = router;
  }

  /** Adds HEAD to every route of GET. Called after all routes are mounted. */
  void addHead() {
    for (Route route : router.getRoutes()) {
      if (route.getPath() != null
          && route.methods() != null
          && route.methods().contains(HttpMethod.GET)) {
        Route unused = route.method(HttpMethod.HEAD);
      }
    }
  }

  /** The route of a request's path, for any method. */
  Match match(RoutingContext request) {
    Match known = request.get(MATCH);
    if (known != null) {
      return known;
    }
    String path = request.request().path();
    boolean isServer =
        RequestTarget.asksForOptions(request.request().method().name(), request.request().uri());
    Match match = isServer ? server() : path == null ? Match.NONE : match(path);
    request.put(MATCH, match);
    return match;
  }

  /** The methods of all paths together. */
  Match server() {
    Set<String> methods = new TreeSet<>();
    entries().forEach(entry -> methods.addAll(entry.match().methods()));
    return new Match("*", Set.copyOf(methods), String.join(", ", methods));
  }

  private Match match(String path) {
    for (Entry entry : entries()) {
      if (entry.path().matcher(path).matches()) {
        return entry.match();
      }
    }
    return Match.NONE;
  }

  // Read on first use, when every route is mounted.
  private List<Entry> entries() {
    if (entries == null) {
      Map<String, Set<String>> methods = new LinkedHashMap<>();
      for (Route route : router.getRoutes()) {
        if (route.getPath() != null && route.methods() != null) {
          Set<String> ofPath = methods.computeIfAbsent(route.getPath(), path -> new TreeSet<>());
          route.methods().forEach(method -> ofPath.add(method.name()));
          ofPath.add(HttpMethod.OPTIONS.name());
        }
      }
      entries =
          methods.entrySet().stream().map(each -> entry(each.getKey(), each.getValue())).toList();
    }
    return entries;
  }

  private static Entry entry(String path, Set<String> methods) {
    return new Entry(
        Pattern.compile(path.replaceAll(":\\w+", "[^/]+")),
        new Match(
            path.replaceAll(":(\\w+)", "{$1}"), Set.copyOf(methods), String.join(", ", methods)));
  }
}
