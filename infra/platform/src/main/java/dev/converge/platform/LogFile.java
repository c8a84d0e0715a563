package dev.converge.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A part's log on the terminal. */
final class LogFile {
  private LogFile() {}

  static int print(Path log, boolean follow) {
    if (!Files.exists(log)) {
      throw new PlatformException("no log yet: " + log);
    }
    try (BufferedReader reader = Files.newBufferedReader(log)) {
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
