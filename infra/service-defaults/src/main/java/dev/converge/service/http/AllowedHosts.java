package dev.converge.service.http;

import dev.converge.service.http.syntax.Authority;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hosts for which a server answers. The name of another site can resolve to this machine.
 * Requests of its pages then arrive from the user's browser, and only their Host header shows it.
 *
 * <p>Allowed are the names and addresses of the loopback interface, the local address of the
 * connection, and the configured hosts. Each is allowed with any port, unless it is configured with
 * one.
 */
final class AllowedHosts {
  private final Set<Authority> configured = new HashSet<>();

  /**
   * @param bound the host that the server listens on
   * @param others such as {@code order-service} or {@code shop.example:8443}
   */
  AllowedHosts(String bound, Collection<String> others) {
    // An IPv6 address to listen on has no brackets.
    add(NetUtil.isValidIpV6Address(bound) && !bound.startsWith("[") ? "[" + bound + "]" : bound);
    others.forEach(this::add);
  }

  private void add(String host) {
    Authority authority = Authority.parse(host);
    // A server bound to the wildcard address has no host of its own.
    if (authority != null && !isAny(authority.address())) {
      configured.add(authority);
    }
  }

  private static boolean isAny(byte @Nullable [] address) {
    return address != null && inet(address).isAnyLocalAddress();
  }

  /**
   * Whether the server answers requests for a host.
   *
   * @param local the local address of the connection, if known
   */
  boolean admit(Authority asked, @Nullable String local) {
    return asked.host().equals("localhost")
        || configured.contains(asked)
        || configured.contains(new Authority(asked.host(), -1))
        || isOwn(asked, local);
  }

  private static boolean isOwn(Authority asked, @Nullable String local) {
    byte[] address = asked.address();
    return address != null
        && (inet(address).isLoopbackAddress()
            || (local != null && asked.host().equals(Authority.ofSocket(local))));
  }

  private static InetAddress inet(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
