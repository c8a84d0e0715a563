package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.http.syntax.Authority;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a server answers only for its own hosts. Method: hosts as clients send them, to servers
 * that listen on one address or on all.
 */
class AllowedHostsTest {
  private static final List<String> CONFIGURED =
      List.of("shop.example", "orders:8080", "10.0.0.9", "[fd00::1]:8080");

  private static boolean admits(String bound, String host, @Nullable String local) {
    Authority asked = Objects.requireNonNull(Authority.parse(host), host);
    return new AllowedHosts(bound, CONFIGURED).admit(asked, local);
  }

  @Test
  void configuredHostsAreAdmittedWithAnyPortOrWithTheirOwn() {
    for (String host :
        List.of(
            "shop.example",
            "SHOP.example:8443",
            "orders:8080",
            "10.0.0.9:1",
            "[fd00::1]:8080",
            "shop.example.",
            "Shop.Example.:1",
            "orders.:8080",
            "[fd00:0:0:0:0:0:0:1]:8080",
            "[FD00::0001]:8080",
            "[fd00::0.0.0.1]:8080",
            "[::ffff:10.0.0.9]:1",
            "[::FFFF:a00:9]",
            "localhost.",
            "127.0.0.1.",
            "[::ffff:127.0.0.1]",
            "localhost:1",
            "127.3.2.1")) {
      assertThat(admits("0.0.0.0", host, null)).as(host).isTrue();
    }
    for (String host :
        List.of(
            "orders",
            "orders:8081",
            "shop.example..",
            ".",
            "x.shop.example",
            "[fd00::1]",
            "[::10.0.0.9]",
            "[::ffff:10.0.0.8]")) {
      assertThat(admits("0.0.0.0", host, null)).as(host).isFalse();
    }
  }

  @Test
  void configuredHostMatchesInEverySpelling() {
    AllowedHosts hosts =
        new AllowedHosts(
            "0.0.0.0", List.of("Shop.Example.", "[::FFFF:10.0.0.9]", "[FD00:0::0:1]:80"));
    for (String host : List.of("shop.example", "10.0.0.9", "[fd00::1]:80")) {
      assertThat(hosts.admit(Objects.requireNonNull(Authority.parse(host)), null))
          .as(host)
          .isTrue();
    }
  }

  @Test
  void localAddressOfAConnectionIsAllowedInEverySpelling() {
    assertThat(admits("0.0.0.0", "192.168.7.8:8080", "192.168.7.8")).isTrue();
    assertThat(admits("0.0.0.0", "192.168.7.8:8080", "192.168.7.9")).isFalse();
    assertThat(admits("[::]", "[::ffff:192.168.7.8]", "192.168.7.8")).isTrue();
    assertThat(admits("[::]", "192.168.7.8", "::ffff:192.168.7.8")).isTrue();
    assertThat(admits("[::]", "[fd00:0:0::2]:80", "fd00:0:0:0:0:0:0:2")).isTrue();
    assertThat(admits("[::]", "[fe80::2]:80", "fe80:0:0:0:0:0:0:2%eth0")).isTrue();
    assertThat(admits("[::]", "[fd00::3]:80", "fd00:0:0:0:0:0:0:2")).isFalse();
  }

  @Test
  void boundHostIsAllowedExceptTheWildcardAddress() {
    assertThat(admits("192.168.7.8", "192.168.7.8", null)).isTrue();
    assertThat(admits("shop-1.internal", "shop-1.internal:8080", null)).isTrue();
    assertThat(admits("0.0.0.0", "0.0.0.0:8080", null)).isFalse();
    assertThat(admits("fd00::7", "[fd00::7]:8080", null)).isTrue();
    assertThat(admits("[::]", "[::]:8080", null)).isFalse();
    assertThat(admits("::", "[::]:8080", null)).isFalse();
  }
}
