package dev.converge.lab.bench;

import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Ports;
import java.io.IOException;

/** The first order of a platform that starts: the same request each time it is sent. */
final class FirstOrder {
  private final Http http;
  private final Ports ports;

  FirstOrder(Http http, Ports ports) {
    this.http = http;
    this.ports = ports;
  }

  /** Places it, or gets its outcome; whether it is COMPLETED. */
  boolean completes() {
    String order =
        """
        {"customerId":"first","currency":"EUR",
         "lines":[{"sku":"espresso-beans","quantity":1,"unitPriceMinor":1290}]}
        """;
    try {
      Http.Answer answer =
          http.send(
              "POST",
              ports.url(Part.ORDER_SERVICE) + "/orders",
              order,
              "Idempotency-Key",
              "first",
              "Prefer",
              "wait=20");
      return answer.status() == 201 && answer.body().path("status").asText().equals("COMPLETED");
    } catch (IOException notUpYet) {
      return false;
    }
  }
}
