package dev.converge.lab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Appends each measurement to a file as a line of JSON; does nothing without a file. */
final class RawLog {
  private final @Nullable Path file;
  private final ObjectMapper json = new ObjectMapper();

  /** Deletes the file of an earlier run. */
  RawLog(@Nullable Path file) {
    this.file = file;
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void keep(String what, Object figures) {
    if (file == null) {
      return;
    }
    try {
      String line = json.writeValueAsString(Map.of(what, figures)) + System.lineSeparator();
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
