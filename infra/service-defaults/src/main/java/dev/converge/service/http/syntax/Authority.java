package dev.converge.service.http.syntax;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and its port, as in a Host header, the target of a request and an Origin (RFC 3986, 3.2,
 * without user information). The host is canonical: a name has no trailing dot, and an IPv4 address
 * mapped into IPv6 is an IPv4 address.
 *
 * @param host a name or an address in lower case, an IPv6 address in brackets and in full
 * @param port -1 where none is given
 */
public record Authority(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile(
          "(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._~!$&'()*+,;=%-]{1,255})(?::([0-9]{0,5}))?");
  private static final int MOST_PORT = 65_535;

  /** The authority, or null where the text is none. */
  public static @Nullable Authority parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return null;
    }
    String host = canonical(form.group(1).toLowerCase(Locale.ROOT));
    String digits = form.group(2);
    int port = digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits);
    return port > MOST_PORT || host == null ? null : new Authority(host, port);
  }

  /** The canonical form of a host, or null where brackets contain no IPv6 address. */
  private static @Nullable String canonical(String host) {
    if (host.startsWith("[")) {
      return canonicalAddress(host);
    }
    String name =
        host.endsWith(".") && host.length() > 1 ? host.substring(0, host.length() - 1) : host;
    return NetUtil.isValidIpV4Address(name) ? canonicalAddress(name) : name;
  }

  /** The host of a socket's address, which has no brackets and may have a zone. */
  public static @Nullable String ofSocket(String address) {
    int zone = address.indexOf('%');
    String plain = zone < 0 ? address : address.substring(0, zone);
    return canonical(plain.indexOf(':') < 0 ? plain : "[" + plain + "]");
  }

  // Only literals arrive here, so no name is resolved.
  private static @Nullable String canonicalAddress(String literal) {
    try {
      InetAddress address = InetAddress.getByName(literal);
      String text = address.getHostAddress();
      return address instanceof Inet6Address ? "[" + text + "]" : text;
    } catch (UnknownHostException noAddress) {
      return null;
    }
  }

  /** The port, or another one where none is given. */
  public int portOr(int byDefault) {
    return port < 0 ? byDefault : port;
  }

  /** The bytes of the address that the host is, or null where it is a name. */
  public byte @Nullable [] address() {
    boolean isAddress = host.startsWith("[") || NetUtil.isValidIpV4Address(host);
    return isAddress ? NetUtil.createByteArrayFromIpAddressString(inner(host)) : null;
  }

  private static String inner(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
