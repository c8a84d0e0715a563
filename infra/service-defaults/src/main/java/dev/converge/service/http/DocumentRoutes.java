package dev.converge.service.http;

import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** {@code /openapi.json}, and a page for each type of problem. */
final class DocumentRoutes {
  private final String openApi;

  /**
   * @param resource class-path name of the OpenAPI document
   */
  DocumentRoutes(String resource) {
    this.openApi = read(resource);
  }

  private static String read(String name) {
    try (InputStream resource = DocumentRoutes.class.getClassLoader().getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(resource, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  DocumentedParameters parameters() {
    return new DocumentedParameters(new JsonObject(openApi));
  }

  void mount(Router router) {
    router.get("/openapi.json").handler(request -> Answers.json(request, 200, openApi));
    router.get("/problems/:slug").handler(DocumentRoutes::answerProblemType);
  }

  private static void answerProblemType(RoutingContext request) {
    ProblemType.bySlug(request.pathParam("slug"))
        .ifPresentOrElse(
            type -> Answers.json(request, 200, page(type).encode()), () -> request.fail(404));
  }

  private static JsonObject page(ProblemType type) {
    return new JsonObject()
        .put("title", type.title())
        .put("status", type.status())
        .put("explanation", type.explanation());
  }
}
