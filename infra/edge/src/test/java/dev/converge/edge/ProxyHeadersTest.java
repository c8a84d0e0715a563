package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;

/** Goal: headers of one connection end there, and a client cannot invent an address. */
class ProxyHeadersTest {

  @Test
  void headersThatTheConnectionNominatesAreRemoved() {
    MultiMap headers =
        MultiMap.caseInsensitiveMultiMap()
            .add("Connection", "close, X-Hop")
            .add("Connection", "x-other")
            .add("X-Hop", "1")
            .add("X-Other", "2")
            .add("X-Kept", "3");
    ProxyHeaders.ofResponse(headers);
    assertThat(headers.names()).containsExactlyInAnyOrder("X-Kept", "via");
  }

  @Test
  void connectionCannotNominateHeadersOfTheMessage() {
    MultiMap headers =
        MultiMap.caseInsensitiveMultiMap()
            .add("Connection", "Host, Content-Length, Idempotency-Key")
            .add("Host", "shop.example")
            .add("Content-Length", "2")
            .add("Idempotency-Key", "k");
    ProxyHeaders.ofRequest(headers, "192.0.2.1");
    assertThat(headers.names()).contains("Host", "Content-Length", "Idempotency-Key");
  }

  @Test
  void addressOfTheClientIsAppended() {
    MultiMap headers =
        MultiMap.caseInsensitiveMultiMap()
            .add("X-Forwarded-For", "203.0.113.9")
            .add("X-Forwarded-For", "203.0.113.10")
            .add("Via", "1.0 other")
            .add("Forwarded", "for=203.0.113.9");
    ProxyHeaders.ofRequest(headers, "192.0.2.1");
    assertThat(headers.get("X-Forwarded-For")).isEqualTo("203.0.113.9, 203.0.113.10, 192.0.2.1");
    assertThat(headers.getAll("via")).containsExactly("1.0 other, 1.1 converge-edge");
    assertThat(headers.get("x-forwarded-proto")).isEqualTo("http");
    assertThat(headers.contains("Forwarded")).isFalse();
  }
}
