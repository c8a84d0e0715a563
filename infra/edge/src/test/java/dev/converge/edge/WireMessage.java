package dev.converge.edge;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A request or a response as it is on the wire: HTTP/1.1, read without a library. */
record WireMessage(String startLine, Map<String, List<String>> headers, Buffer body) {

  String method() {
    return startLine.split(" ", 3)[0];
  }

  String path() {
    return startLine.split(" ", 3)[1];
  }

  int status() {
    return Integer.parseInt(startLine.split(" ", 3)[1]);
  }

  /** All values of a header, joined; empty if it is absent. */
  String header(String name) {
    return String.join(", ", headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()));
  }

  String text() {
    return body.toString(StandardCharsets.UTF_8);
  }

  /** The first line and the headers, without the body. */
  static WireMessage readHead(InputStream in) throws IOException {
    String startLine = line(in);
    Map<String, List<String>> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(
              line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    return new WireMessage(startLine, headers, Buffer.buffer());
  }

  /** The same message with its body. */
  WireMessage withBody(InputStream in) throws IOException {
    if (header("transfer-encoding").equalsIgnoreCase("chunked")) {
      Buffer all = Buffer.buffer();
      for (byte[] chunk = chunk(in); chunk.length > 0; chunk = chunk(in)) {
        all = all.appendBytes(chunk);
      }
      return new WireMessage(startLine, headers, all);
    }
    String length = header("content-length");
    return length.isEmpty()
        ? this
        : new WireMessage(startLine, headers, Buffer.buffer(bytes(in, Integer.parseInt(length))));
  }

  /** The next chunk of a body; empty at its end. */
  static byte[] chunk(InputStream in) throws IOException {
    int length = Integer.parseInt(line(in).split(";", 2)[0], 16);
    byte[] chunk = bytes(in, length);
    String end = line(in);
    if (!end.isEmpty()) {
      throw new IOException("a chunk is longer than declared: " + end);
    }
    return chunk;
  }

  private static byte[] bytes(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the body ended after " + bytes.length + " of " + length);
    }
    return bytes;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) {
        throw new EOFException("the connection ended");
      }
      if (each != '\r') {
        line.write(each);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
