package dev.converge.lab.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A report of a command, in each of its forms.
 *
 * @param name of its files, without the extension
 * @param text for the terminal
 */
public record Report(String name, String json, String html, String text) {

  /** A report with the JSON of its figures. */
  public static Report of(String name, Object figures, String html, String text)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    return new Report(name, mapper.writeValueAsString(figures), html, text);
  }

  /** Writes the page and the JSON, and returns the page's file. */
  public Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name + ".json"), json);
    return Files.writeString(folder.resolve(name + ".html"), html);
  }
}
