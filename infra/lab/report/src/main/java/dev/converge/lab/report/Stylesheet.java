package dev.converge.lab.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** How the lab's pages look; it goes into each page, so that the page needs nothing else. */
final class Stylesheet {
  private Stylesheet() {}

  /** The rules, for a {@code style} element. */
  static String css() {
    try (InputStream css =
        Objects.requireNonNull(Stylesheet.class.getResourceAsStream("report.css"))) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
