package dev.converge.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks a node of the quorum for its state. */
final class ZooKeeperNode {
  private static final int WITHIN_MS = (int) Duration.ofSeconds(2).toMillis();

  private ZooKeeperNode() {}

  /** Whether a node leads or follows: a majority of the nodes runs. */
  static boolean serves(int port) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(WITHIN_MS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WITHIN_MS);
      socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
      String state = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return state.contains("Mode: leader") || state.contains("Mode: follower");
    } catch (IOException down) {
      return false;
    }
  }
}
