package dev.converge.console;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The pages that the lab's commands and the bench have written to the state folder. A page is shown
 * as it is, with its own style and no other right: it runs no script, and loads nothing.
 */
final class LabReports {
  static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'; sandbox allow-popups";

  private static final Pattern FOLDER = Pattern.compile("([a-z0-9-]{1,40})-report");
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,80}\\.html");
  private static final Pattern TITLE = Pattern.compile("<title>([^<]{1,200})</title>");
  private static final int MOST = 100;
  private static final int HEAD_BYTES = 8_192;

  private final Vertx vertx;
  private final Optional<Path> state;

  /**
   * @param state the state folder of the embedded platform; empty where there is none
   */
  LabReports(Vertx vertx, Optional<Path> state) {
    this.vertx = vertx;
    this.state = state;
  }

  private record Found(String lab, Path file, FileTime at) {
    JsonObject json() {
      return new JsonObject()
          .put("lab", lab)
          .put("file", String.valueOf(file.getFileName()))
          .put("title", title(file))
          .put("at", at.toInstant().truncatedTo(ChronoUnit.MILLIS).toString());
    }
  }

  void mount(Router router) {
    router.get("/lab/:lab/:file").handler(this::show);
  }

  /** The pages, the newest first. */
  Future<JsonArray> list() {
    return state
        .map(folder -> vertx.executeBlocking(() -> found(folder), false))
        .orElseGet(() -> Future.succeededFuture(new JsonArray()));
  }

  private static JsonArray found(Path state) throws IOException {
    List<Found> found = new ArrayList<>();
    try (Stream<Path> folders = Files.list(state)) {
      for (Path folder : folders.toList()) {
        Matcher name = FOLDER.matcher(String.valueOf(folder.getFileName()));
        if (name.matches() && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          found.addAll(pages(name.group(1), folder));
        }
      }
    }
    JsonArray listed = new JsonArray();
    found.stream()
        .sorted(Comparator.comparing(Found::at).reversed())
        .limit(MOST)
        .forEach(page -> listed.add(page.json()));
    return listed;
  }

  private static List<Found> pages(String lab, Path folder) throws IOException {
    List<Found> pages = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(LabReports::isPage).toList()) {
        pages.add(new Found(lab, file, Files.getLastModifiedTime(file)));
      }
    }
    return pages;
  }

  private static boolean isPage(Path file) {
    return FILE.matcher(String.valueOf(file.getFileName())).matches()
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  // A page that is being written, or was deleted meanwhile, has none.
  private static String title(Path file) {
    try (InputStream page = Files.newInputStream(file)) {
      Matcher title =
          TITLE.matcher(new String(page.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8));
      return title.find() ? title.group(1) : "";
    } catch (IOException unreadable) {
      return "";
    }
  }

  private void show(RoutingContext request) {
    String lab = request.pathParam("lab");
    String name = request.pathParam("file");
    if (state.isEmpty()
        || !FOLDER.matcher(lab + "-report").matches()
        || !FILE.matcher(name).matches()) {
      request.fail(404);
      return;
    }
    Path page = state.get().resolve(lab + "-report").resolve(name);
    vertx
        .executeBlocking(() -> isPage(page), false)
        .onSuccess(exists -> send(request, page, exists))
        .onFailure(request::fail);
  }

  private static void send(RoutingContext request, Path page, boolean exists) {
    if (!exists) {
      request.fail(404);
      return;
    }
    request
        .response()
        .putHeader("content-security-policy", POLICY)
        .putHeader("x-content-type-options", "nosniff")
        .putHeader("referrer-policy", "no-referrer")
        .putHeader("cross-origin-resource-policy", "same-origin")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/html; charset=utf-8")
        .sendFile(page.toString())
        .onFailure(request::fail);
  }
}
