package dev.converge.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The processes that listen on ports. */
final class PortOwners {
  private static final String LISTENING = "0A";

  private PortOwners() {}

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /** The message about ports that are taken: by which processes, and the remedy. */
  static String taken(Map<String, Integer> ports) {
    List<String> taken = new ArrayList<>();
    ports.forEach(
        (name, port) ->
            taken.add(
                "port "
                    + port
                    + " of "
                    + name
                    + " is taken by "
                    + pid(port).map(pid -> "process " + pid).orElse("a process of another user")));
    String move =
        ports.keySet().stream()
            .filter(name -> !Ports.isInternal(name))
            .map(name -> "--port " + name + "=PORT")
            .collect(Collectors.joining(" "));
    return String.join(System.lineSeparator() + "          ", taken)
        + System.lineSeparator()
        + "End these processes, or choose other ports: "
        + (move.isEmpty() ? "" : move + ", or ")
        + "--port-offset N for all";
  }

  /** The process that listens on a port, as far as this user may know. */
  static Optional<Long> pid(int port) {
    return Files.isDirectory(Path.of("/proc/net")) ? fromProc(port) : fromLsof(port);
  }

  private static Optional<Long> fromProc(int port) {
    String local = String.format(Locale.ROOT, ":%04X", port);
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : lines(Path.of(table))) {
        String[] fields = line.strip().split("\\s+", -1);
        if (fields.length > 9 && fields[1].endsWith(local) && fields[3].equals(LISTENING)) {
          Optional<Long> owner = holder("socket:[" + fields[9] + "]");
          if (owner.isPresent()) {
            return owner;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Long> holder(String socket) {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> holds(pid, socket))
        .findFirst();
  }

  private static boolean holds(long pid, String socket) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return files.anyMatch(file -> target(file).equals(socket));
    } catch (IOException notOurs) {
      return false;
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException gone) {
      return "";
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException absent) {
      return List.of();
    }
  }

  private static Optional<Long> fromLsof(int port) {
    try {
      Process lsof =
          new ProcessBuilder("lsof", "-nP", "-iTCP:" + port, "-sTCP:LISTEN", "-t")
              .redirectErrorStream(true)
              .start();
      String output = new String(lsof.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!lsof.waitFor(5, TimeUnit.SECONDS)) {
        return Optional.empty();
      }
      return output.lines().filter(line -> line.matches("\\d+")).findFirst().map(Long::valueOf);
    } catch (IOException notInstalled) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
