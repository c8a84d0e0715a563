package dev.converge.service.http.connection;

import dev.converge.service.http.syntax.FieldValueReader;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Pattern;

/** The rules for the headers of every request. Each throws if it is violated. */
final class HeaderRules {
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private HeaderRules() {}

  /** Throws where a name is no token, or a value has a control character. */
  static void requireWellFormed(HttpHeaders headers) {
    headers
        .iteratorCharSequence()
        .forEachRemaining(
            header -> {
              if (!FieldValueReader.isToken(header.getKey()) || hasControl(header.getValue())) {
                throw new IllegalArgumentException("a header that is not well-formed");
              }
            });
  }

  private static boolean hasControl(CharSequence value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return true;
      }
    }
    return false;
  }

  /**
   * Throws where the length of the body is ambiguous: two lengths, one that is not a number, or an
   * encoding other than chunked.
   */
  static void requireOneLength(HttpVersion version, HttpHeaders headers) {
    List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean plain =
        encodings.isEmpty()
            && (lengths.isEmpty()
                || (lengths.size() == 1 && LENGTH.matcher(lengths.get(0)).matches()));
    boolean chunked =
        lengths.isEmpty()
            && encodings.size() == 1
            && encodings.get(0).equalsIgnoreCase("chunked")
            && version.equals(HttpVersion.HTTP_1_1);
    // Netty assumes a body of eight bytes for these two, by a draft of WebSocket.
    boolean oldHandshake =
        headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)
            && headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY2);
    if ((!plain && !chunked) || oldHandshake) {
      throw new IllegalArgumentException("the length of the body is ambiguous");
    }
  }
}
