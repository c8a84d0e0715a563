package dev.converge.lab.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The metrics in a service's {@code /metrics}. */
final class Prometheus {
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  private final String page;

  private Prometheus(String page) {
    this.page = page;
  }

  static Prometheus scrape(String service) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(service + "/metrics"))
            .timeout(Duration.ofSeconds(20))
            .build();
    try {
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new BenchException("metrics of " + service + ": " + answer.statusCode());
      }
      return new Prometheus(answer.body());
    } catch (IOException e) {
      throw new BenchException("no metrics from " + service, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  static Prometheus of(String page) {
    return new Prometheus(page);
  }

  /** The sum of a metric over its labels; 0 if it is absent. */
  double sum(String metric) {
    return page.lines()
        .filter(line -> line.startsWith(metric))
        .filter(line -> line.length() > metric.length())
        .filter(line -> line.charAt(metric.length()) == '{' || line.charAt(metric.length()) == ' ')
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
