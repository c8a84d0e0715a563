package dev.converge.lab.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a command that writes a report. */
public final class ReportOptions {
  private static final String STDOUT = "-";

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = STDOUT,
      paramLabel = "FILE",
      description = {
        "Write the report as JSON to this file; without a file, print it instead of the text.",
        "Progress goes to stderr."
      })
  private @Nullable Path json;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the report goes, as HTML and JSON (default: a folder in STATE).")
  private @Nullable Path out;

  /** The folder of the report; it exists afterwards. */
  public Path folder(Path byDefault) throws IOException {
    return Files.createDirectories(out == null ? byDefault : out);
  }

  /** Writes the report, prints it, and prints where its page is. */
  public void write(Report report, Path folder) throws IOException {
    Path page = report.write(folder);
    boolean printed = json != null && json.toString().equals(STDOUT);
    if (json != null && !printed) {
      Files.writeString(json, report.json() + System.lineSeparator());
    }
    System.out.print(printed ? report.json() + System.lineSeparator() : report.text());
    System.err.println(report.name() + ": " + page.toAbsolutePath().normalize());
  }
}
