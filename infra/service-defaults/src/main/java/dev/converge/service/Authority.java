package dev.converge.service;

import io.netty.util.NetUtil;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and its port, as a Host header, the target of a request and an Origin have them (RFC 3986,
 * 3.2, without user information).
 *
 * @param host a name or an address in lower case, an IPv6 address in brackets
 * @param port -1 where none is given
 */
record Authority(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile(
          "(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._~!$&'()*+,;=%-]{1,255})(?::([0-9]{0,5}))?");
  private static final int MOST_PORT = 65_535;

  /** The authority, or null where the text is none. */
  static @Nullable Authority parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return null;
    }
    String host = form.group(1).toLowerCase(Locale.ROOT);
    String digits = form.group(2);
    int port = digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits);
    boolean isAddress = host.startsWith("[");
    return port > MOST_PORT || (isAddress && !NetUtil.isValidIpV6Address(inner(host)))
        ? null
        : new Authority(host, port);
  }

  int portOr(int byDefault) {
    return port < 0 ? byDefault : port;
  }

  /** The bytes of the address that the host is, or null where it is a name. */
  byte @Nullable [] address() {
    boolean isAddress = host.startsWith("[") || NetUtil.isValidIpV4Address(host);
    return isAddress ? NetUtil.createByteArrayFromIpAddressString(inner(host)) : null;
  }

  private static String inner(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
