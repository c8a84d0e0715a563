package dev.converge.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP as raw bytes, for requests that no client library sends. */
final class RawHttp {
  private static final int ANSWER_WITHIN_MS = 30_000;

  /**
   * An answer.
   *
   * @param headers by their names in lower case
   */
  record RawAnswer(int status, Map<String, String> headers, String body) {
    /** The connection ended without an answer. */
    static final RawAnswer NONE = new RawAnswer(0, Map.of(), "");

    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private RawHttp() {}

  static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(ANSWER_WITHIN_MS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** Sends bytes and returns at most this number of answers, or those until the server closes. */
  static List<RawAnswer> exchange(int port, byte[] bytes, int most, boolean halfClose) {
    try (Socket socket = open(port)) {
      send(socket, bytes, halfClose);
      return read(
          socket, most, !new String(bytes, 0, 5, StandardCharsets.ISO_8859_1).equals("HEAD "));
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither an answer nor an end", e);
    } catch (IOException e) {
      throw new AssertionError("cannot connect", e);
    }
  }

  /** The first answer, or {@link RawAnswer#NONE}. */
  static RawAnswer first(int port, byte[] bytes) {
    List<RawAnswer> answers = exchange(port, bytes, 1, false);
    return answers.isEmpty() ? RawAnswer.NONE : answers.get(0);
  }

  /** All requests are on their way but for their last byte, before any of them is complete. */
  static List<RawAnswer> simultaneously(int port, List<byte[]> requests) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (byte[] request : requests) {
        Socket socket = open(port);
        sockets.add(socket);
        socket.getOutputStream().write(request, 0, request.length - 1);
      }
      for (int i = 0; i < sockets.size(); i++) {
        byte[] request = requests.get(i);
        sockets.get(i).getOutputStream().write(request, request.length - 1, 1);
      }
      List<RawAnswer> answers = new ArrayList<>();
      for (Socket socket : sockets) {
        answers.addAll(read(socket, 1, true));
      }
      return answers;
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void send(Socket socket, byte[] bytes, boolean halfClose) throws IOException {
    try {
      socket.getOutputStream().write(bytes);
      if (halfClose) {
        socket.shutdownOutput();
      }
    } catch (SocketException refusedMidway) {
      // A server may answer and hang up before it has read all; the answer is read next.
    }
  }

  static List<RawAnswer> read(Socket socket, int most, boolean hasBody) throws IOException {
    List<RawAnswer> answers = new ArrayList<>();
    InputStream in = socket.getInputStream();
    try {
      while (answers.size() < most) {
        String head = head(in);
        if (head.isEmpty()) {
          return answers;
        }
        RawAnswer answer = answer(head, in, hasBody);
        if (answer.status() >= 200) {
          answers.add(answer);
        }
      }
      return answers;
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (SocketException reset) {
      // Reset: the server hung up with bytes of ours unread.
      return answers;
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int end = 0;
    while (end < 4) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      end = next == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static RawAnswer answer(String head, InputStream in, boolean hasBody) throws IOException {
    String[] lines = head.split("\r\n", -1);
    int status = Integer.parseInt(lines[0].split(" ", -1)[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = hasBody ? in.readNBytes(length) : new byte[0];
    return new RawAnswer(status, headers, new String(body, StandardCharsets.UTF_8));
  }
}
