package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Clients that begin requests and do not end them. Such a request may not place an order. */
final class ClientFaults {
  private static final int CLIENTS = 150;
  private static final int CONNECT_WITHIN_MS = 2_000;

  private static final String BEGUN =
      """
      POST /orders HTTP/1.1\r
      Host: localhost\r
      Content-Type: application/json\r
      Idempotency-Key: abandoned-%d\r
      Content-Length: 200\r
      \r
      {"customerId":"abandoned","lines":[\
      """;

  private ClientFaults() {}

  static List<Fault> of(Platform platform) {
    return List.of(
        new Abandoning(
            platform,
            new FaultSpec("clients-abandon", "order-service", "client", 3_000, 8_000, 10)));
  }

  /** A third hangs up in the middle, a third resets the connection, a third is silent. */
  private static final class Abandoning implements Fault {
    private final Platform platform;
    private final FaultSpec spec;
    private final List<Socket> silent = new ArrayList<>();

    Abandoning(Platform platform, FaultSpec spec) {
      this.platform = platform;
      this.spec = spec;
    }

    @Override
    public FaultSpec spec() {
      return spec;
    }

    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.ORDER_SERVICE);
    }

    @Override
    public void inject() throws IOException {
      for (int client = 0; client < CLIENTS; client++) {
        begin(client);
      }
    }

    private void begin(int client) throws IOException {
      Socket socket = new Socket();
      socket.connect(
          new InetSocketAddress(
              InetAddress.getLoopbackAddress(), platform.ports().of(Part.ORDER_SERVICE)),
          CONNECT_WITHIN_MS);
      socket.getOutputStream().write(BEGUN.formatted(client).getBytes(StandardCharsets.US_ASCII));
      switch (client % 3) {
        case 0 -> socket.close();
        case 1 -> {
          socket.setSoLinger(true, 0);
          socket.close();
        }
        default -> silent.add(socket);
      }
    }

    @Override
    public void heal() throws IOException {
      for (Socket socket : silent) {
        socket.close();
      }
      silent.clear();
    }
  }
}
