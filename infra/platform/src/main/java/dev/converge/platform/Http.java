package dev.converge.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** JSON over HTTP, to the parts of the platform. */
public final class Http {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  /** An answer. */
  public record Answer(int status, JsonNode body, HttpResponse<String> raw) {
    /** The value of a header, or an empty text. */
    public String header(String name) {
      return raw.headers().firstValue(name).orElse("");
    }
  }

  /**
   * Sends a request; headers are pairs of name and value. A refused or broken connection is an
   * exception.
   */
  public Answer send(String method, String url, @Nullable String body, String... headers)
      throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(ANSWER_WITHIN);
    if (headers.length > 0) {
      request.headers(headers);
    }
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .method(method, BodyPublishers.ofString(body))
          .header("Content-Type", "application/json");
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(response.statusCode(), json(response.body()), response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  public Answer get(String url) throws IOException {
    return send("GET", url, null);
  }

  /** Whether a GET is answered with 200. */
  boolean isUp(String url) {
    try {
      return get(url).status() == 200;
    } catch (IOException down) {
      return false;
    }
  }

  private static JsonNode json(String text) {
    try {
      return text.isEmpty() ? JSON.missingNode() : JSON.readTree(text);
    } catch (JsonProcessingException notJson) {
      return JSON.missingNode();
    }
  }
}
