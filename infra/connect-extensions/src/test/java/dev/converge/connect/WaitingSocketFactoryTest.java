package dev.converge.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WaitingSocketFactoryTest {
  @Test
  void pollingReadWaitsForData() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new WaitingSocketFactory().createSocket()) {
      socket.connect(server.getLocalSocketAddress());
      socket.setSoTimeout(1);
      assertThat(socket.getSoTimeout()).isEqualTo(WaitingSocketFactory.WAIT_MILLIS);

      CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> send(server));

      assertThat(socket.getInputStream().read()).isEqualTo('x');
      sender.join();
    }
  }

  @Test
  void keepsAnyOtherTimeout() throws IOException {
    try (Socket socket = new WaitingSocketFactory().createSocket()) {
      socket.setSoTimeout(10_000);
      assertThat(socket.getSoTimeout()).isEqualTo(10_000);
      socket.setSoTimeout(0);
      assertThat(socket.getSoTimeout()).isZero();
    }
  }

  private static void send(ServerSocket server) {
    try (Socket accepted = server.accept()) {
      accepted.getOutputStream().write('x');
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
