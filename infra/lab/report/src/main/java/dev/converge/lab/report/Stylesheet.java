package dev.converge.lab.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The style of the lab's pages. It is embedded in each page, so that the page needs no other file.
 */
public final class Stylesheet {
  private Stylesheet() {}

  /** A plot as a file of its own, with the rules in it. */
  public static String embeddedIn(String svg) {
    int content = svg.indexOf('>') + 1;
    return svg.substring(0, content)
        + "<style>"
        + Markup.escape(css())
        + "</style>"
        + svg.substring(content);
  }

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
