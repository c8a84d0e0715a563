package dev.converge.service.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Forwards each connection to a local port, like a restarted server. */
final class PortForwarder implements AutoCloseable {
  private final ServerSocket server;
  private final Thread accepting;
  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean frozen;

  /**
   * @param port 0 for any that is free
   */
  PortForwarder(int port, int target) throws IOException {
    server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    accepting = new Thread(() -> accept(target));
    accepting.start();
  }

  private void accept(int target) {
    try {
      while (true) {
        Socket from = server.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(from);
        sockets.add(to);
        new Thread(() -> copy(from, to)).start();
        new Thread(() -> copy(to, from)).start();
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[8192];
      for (int read = in.read(bytes); read >= 0 && !frozen; read = in.read(bytes)) {
        out.write(bytes, 0, read);
      }
    } catch (IOException closed) {
      // One of the two has ended the connection.
    }
    if (!frozen) {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyClosed) {
      // Closed already.
    }
  }

  /** Stops listening and forwarding, and leaves the connections open. */
  void freeze() throws IOException, InterruptedException {
    frozen = true;
    server.close();
    accepting.join(5_000);
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : List.copyOf(sockets)) {
      socket.close();
    }
  }
}
