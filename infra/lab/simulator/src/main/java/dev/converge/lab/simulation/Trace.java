package dev.converge.lab.simulation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The events of one run, in order. */
final class Trace {
  private record Line(long atMillis, String who, @Nullable UUID order, String what) {
    String text() {
      String about = order == null ? "" : name(order) + ": ";
      return atMillis + " ms " + who + ": " + about + what;
    }
  }

  private final Schedule schedule;
  private final List<Line> lines = new ArrayList<>();

  Trace(Schedule schedule) {
    this.schedule = schedule;
  }

  /** An order's name in a trace. */
  static String name(UUID order) {
    return "order-" + order.getLeastSignificantBits();
  }

  void add(String who, @Nullable UUID order, String what) {
    lines.add(new Line(schedule.nowMillis(), who, order, what));
  }

  List<String> lines() {
    return lines.stream().map(Line::text).toList();
  }

  /** The events of one order, and those of the processes. */
  List<String> timeline(@Nullable UUID order) {
    Stream<Line> own =
        lines.stream().filter(line -> line.order() == null || line.order().equals(order));
    return own.map(Line::text).toList();
  }

  /** The SHA-256 of all lines; equal for equal runs. */
  String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      StringBuilder all = new StringBuilder(lines.size() * 64);
      lines.forEach(line -> all.append(line.text()).append('\n'));
      return HexFormat.of().formatHex(sha.digest(all.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
