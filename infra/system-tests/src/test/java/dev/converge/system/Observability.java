package dev.converge.system;

import dev.converge.console.view.Objective;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of {@code infra/observability} that others are made from. */
final class Observability {
  static final Path FOLDER =
      Path.of(System.getProperty("converge.root", "../..")).resolve("infra/observability");

  private Observability() {}

  static List<Objective> objectives() {
    return Objective.parse(read("slo.json"));
  }

  private static String read(String file) {
    try {
      return Files.readString(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
