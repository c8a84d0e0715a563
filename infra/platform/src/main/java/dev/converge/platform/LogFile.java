package dev.converge.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A part's log on the terminal. */
final class LogFile {
  private static final int LAST_BYTES = 16 * 1024;
  private static final int LAST_LINES = 10;

  private LogFile() {}

  /** The end of a log, on lines of its own; empty if there is no log. */
  static String lastLines(Path log) {
    try (SeekableByteChannel channel = Files.newByteChannel(log)) {
      channel.position(Math.max(0, channel.size() - LAST_BYTES));
      ByteBuffer bytes = ByteBuffer.allocate(LAST_BYTES);
      while (bytes.hasRemaining() && channel.read(bytes) > 0) {}
      String end = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
      List<String> lines = end.lines().toList();
      return System.lineSeparator()
          + String.join(
              System.lineSeparator(),
              lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException noLog) {
      return "";
    }
  }

  static int print(Path log, boolean follow) {
    if (!Files.exists(log)) {
      throw new PlatformException("no log yet: " + log);
    }
    // Malformed UTF-8 is replaced; a reader of Files would fail with an exception.
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(log), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null || follow; line = reader.readLine()) {
        if (line == null) {
          Waits.pause();
        } else {
          System.out.println(line);
        }
      }
      return 0;
    } catch (IOException e) {
      throw new PlatformException("cannot read " + log + ": " + e, e);
    }
  }
}
