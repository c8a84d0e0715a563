package dev.converge.platform;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;

/** Which part listens where, on the loopback address. Remembered, so that every command agrees. */
public final class Ports {
  private final Map<Part, Integer> ports = new EnumMap<>(Part.class);
  private int controller;

  private Ports() {}

  /** The usual ports, moved by so many. */
  public static Ports shifted(int by) {
    Ports ports = new Ports();
    for (Part part : Part.values()) {
      ports.ports.put(part, part.defaultPort() + by);
    }
    ports.controller = 9_093 + by;
    return ports;
  }

  /** Ports that nobody listens on now. */
  public static Ports free() {
    Ports ports = new Ports();
    for (Part part : Part.values()) {
      ports.ports.put(part, freePort());
    }
    ports.controller = freePort();
    return ports;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void move(Part part, int port) {
    ports.put(part, port);
  }

  public int of(Part part) {
    Integer port = ports.get(part);
    if (port == null) {
      throw new IllegalStateException(part + " has no port");
    }
    return port;
  }

  /** Kafka's controller, which only the broker itself talks to. */
  int controller() {
    return controller;
  }

  /** The address of a part that speaks HTTP. */
  public String url(Part part) {
    return "http://127.0.0.1:" + of(part);
  }

  public static Ports load(Path state, int shift) {
    Path file = state.resolve("ports.properties");
    Ports ports = shifted(shift);
    if (Files.exists(file)) {
      Properties remembered = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        remembered.load(reader);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      for (Part part : Part.values()) {
        String port = remembered.getProperty(part.id());
        if (port != null) {
          ports.ports.put(part, Integer.parseInt(port));
        }
      }
      ports.controller =
          Integer.parseInt(
              remembered.getProperty("kafka-controller", Integer.toString(ports.controller)));
    }
    return ports;
  }

  void save(Path state) {
    Properties remembered = new Properties();
    ports.forEach((part, port) -> remembered.setProperty(part.id(), Integer.toString(port)));
    remembered.setProperty("kafka-controller", Integer.toString(controller));
    try {
      Files.createDirectories(state);
      try (Writer writer = Files.newBufferedWriter(state.resolve("ports.properties"))) {
        remembered.store(writer, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
