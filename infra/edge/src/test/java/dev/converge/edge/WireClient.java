package dev.converge.edge;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that sends what a test writes, one connection for each request. */
final class WireClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  WireClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a request without a body; extra headers end with CRLF each. */
  static WireMessage send(int port, String method, String path, String headers) throws IOException {
    return send(port, method, path, headers, new byte[0]);
  }

  static WireMessage send(int port, String method, String path, String headers, byte[] body)
      throws IOException {
    try (WireClient client = new WireClient(port)) {
      boolean hasBody = body.length > 0 || method.equals("POST") || method.equals("PUT");
      client.write(
          method
              + " "
              + path
              + " HTTP/1.1\r\n"
              + (headers.contains("Host:") ? "" : "Host: 127.0.0.1:" + port + "\r\n")
              + headers
              + (hasBody ? "Content-Length: " + body.length + "\r\n" : "")
              + "\r\n");
      // A large answer begins while the request is sent.
      Thread sending =
          new Thread(
              () -> {
                try {
                  client.socket.getOutputStream().write(body);
                } catch (IOException answeredEarly) {
                  // The answer shows why.
                }
              });
      sending.start();
      return client.read(method);
    }
  }

  void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  WireMessage read(String method) throws IOException {
    WireMessage head = readHead();
    boolean hasBody = !method.equals("HEAD") && head.status() != 204 && head.status() != 304;
    return hasBody ? head.withBody(in) : head;
  }

  WireMessage readHead() throws IOException {
    return WireMessage.readHead(in);
  }

  String readChunk() throws IOException {
    return new String(WireMessage.chunk(in), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
