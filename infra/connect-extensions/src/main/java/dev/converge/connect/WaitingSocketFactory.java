package dev.converge.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.SocketFactory;

/**
 * Sockets for the PostgreSQL driver ({@code driver.socketFactory}) that wait for a change instead
 * of polling for one.
 *
 * <p>Debezium asks the driver whether the replication stream has data; to find out, the driver
 * reads with a timeout of one millisecond ({@code PGStream.hasMessagePending} in 42.7), and
 * Debezium sleeps for {@code poll.interval.ms} after five such reads. Here such a read takes
 * {@value #WAIT_MILLIS} milliseconds at most, and returns as soon as there is data. It holds the
 * driver's lock: confirming a position, or stopping, may take that much longer while no data
 * arrives.
 */
public final class WaitingSocketFactory extends SocketFactory {
  static final int WAIT_MILLIS = 1_000;

  private static final int LOOK_MILLIS = 1;

  @Override
  public Socket createSocket() {
    return new WaitingSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    throw unconnected();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    throw unconnected();
  }

  private static IOException unconnected() {
    return new IOException("the PostgreSQL driver connects its sockets itself");
  }

  private static final class WaitingSocket extends Socket {
    @Override
    public synchronized void setSoTimeout(int timeoutMillis) throws SocketException {
      super.setSoTimeout(timeoutMillis == LOOK_MILLIS ? WAIT_MILLIS : timeoutMillis);
    }
  }
}
