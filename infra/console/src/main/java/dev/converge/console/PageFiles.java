package dev.converge.console;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/** The files of the page, read at the start. Nothing else of the class path can be read. */
final class PageFiles {
  /**
   * A browser loads only these files, runs no script of a text, and shows the page in no frame of
   * another one. Texts of messages and orders are hostile until proven otherwise.
   */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types lit-html";

  /** The modules and styles of the page. */
  static final List<String> NAMES =
      List.of(
          "console.css",
          "app.js",
          "stream.js",
          "store.js",
          "api.js",
          "format.js",
          "flow.js",
          "motion.js",
          "orders.js",
          "order.js",
          "story.js",
          "attention.js",
          "faults.js",
          "slo.js",
          "plot.js",
          "lab.js",
          "favicon.svg");

  private static final List<String> LIT =
      List.of("lit-html.js", "directive.js", "directive-helpers.js", "directives/repeat.js");

  private record PageFile(Buffer content, String type, String tag) {}

  private final Map<String, PageFile> files = new LinkedHashMap<>();

  PageFiles() {
    files.put("/", file("console/index.html", "text/html; charset=utf-8"));
    NAMES.forEach(name -> files.put("/" + name, file("console/" + name, type(name))));
    String lit = "META-INF/resources/webjars/lit-html/" + litVersion() + "/";
    LIT.forEach(name -> files.put("/lit/" + name, file(lit + name, type(name))));
  }

  private static String litVersion() {
    Properties versions = new Properties();
    try (InputStream stored = open("console.properties")) {
      versions.load(stored);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions.getProperty("lit-html.version");
  }

  private static InputStream open(String resource) {
    return Objects.requireNonNull(
        PageFiles.class.getClassLoader().getResourceAsStream(resource), resource);
  }

  private static PageFile file(String resource, String type) {
    try (InputStream stored = open(resource)) {
      byte[] content = stored.readAllBytes();
      return new PageFile(Buffer.buffer(content), type, tag(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String tag(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has it", e);
    }
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".js" -> "text/javascript; charset=utf-8";
      case ".css" -> "text/css; charset=utf-8";
      case ".svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException(name);
    };
  }

  void mount(Router router) {
    files.forEach((path, file) -> router.get(path).handler(request -> answer(request, file)));
  }

  private static void answer(RoutingContext request, PageFile file) {
    HttpServerResponse response =
        request
            .response()
            .putHeader("content-security-policy", POLICY)
            .putHeader("x-content-type-options", "nosniff")
            .putHeader("referrer-policy", "no-referrer")
            .putHeader("cross-origin-opener-policy", "same-origin")
            .putHeader("cross-origin-resource-policy", "same-origin")
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader(HttpHeaders.ETAG, file.tag());
    if (file.tag().equals(request.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader(HttpHeaders.CONTENT_TYPE, file.type()).end(file.content());
    }
  }
}
