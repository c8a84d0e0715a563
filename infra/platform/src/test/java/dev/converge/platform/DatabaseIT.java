package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: no command waits without end for a login. Method: a server that answers it byte by byte, so
 * that no read times out.
 */
class DatabaseIT {
  // No TLS; then the beginning of an error of 64 KiB.
  private static final byte[] NO_TLS = {'N'};
  private static final byte[] ENDLESS = {'E', 0, 1, 0, 0};

  @Test
  @Timeout(value = 25, unit = TimeUnit.SECONDS, threadMode = SEPARATE_THREAD)
  void loginThatIsAnsweredWithoutEndTimesOut() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering = new Thread(() -> answer(server));
      answering.start();
      Database database = new Database("order", "orders", "127.0.0.1", server.getLocalPort());
      assertThatThrownBy(() -> database.connect("guest", "secret", "orders"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("timed out");
    }
  }

  private static void answer(ServerSocket server) {
    try (Socket socket = server.accept()) {
      for (byte[] answer : new byte[][] {NO_TLS, ENDLESS}) {
        assertThat(socket.getInputStream().read(new byte[4096])).isPositive();
        socket.getOutputStream().write(answer);
      }
      socket.setSoTimeout(500);
      while (isConnected(socket)) {
        socket.getOutputStream().write('x');
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  // Takes half a second while the client sends nothing.
  private static boolean isConnected(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read(new byte[4096]) >= 0;
    } catch (SocketTimeoutException nothingSent) {
      return true;
    }
  }
}
