package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: documents name classes and messages that exist. Method: every code span that looks like a
 * type's name occurs in a source file. Decision records and results are excluded, because they
 * describe the past.
 */
class DocumentedNamesTest {
  private static final List<String> DOCUMENTS =
      List.of(
          "README.md",
          "CONTRIBUTING.md",
          "docs/architecture.md",
          "docs/experiments.md",
          "docs/guarantees.md",
          "docs/internals",
          "docs/operations.md",
          "docs/performance.md",
          "docs/reference",
          "docs/simulation.md");
  private static final List<String> SOURCES =
      List.of(
          "outbox", "commitment", "order-service", "inventory-service", "payment-service", "infra");
  private static final Pattern SOURCE = Pattern.compile(".*\\.(java|json|sql|properties)");

  /** Two words at least, such as {@code StockReserved}, also behind a package or before a dot. */
  private static final Pattern NAME =
      Pattern.compile("`(?:[a-z]+/)*([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)(?:\\.[A-Za-z]+)?`");

  private static final Pattern WORD = Pattern.compile("\\b[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*\\b");

  @Test
  void everyDocumentedNameExists() throws IOException {
    Path root = Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
    Set<String> words = new HashSet<>();
    for (String source : SOURCES) {
      for (Path file : files(root.resolve(source), SOURCE)) {
        WORD.matcher(Files.readString(file)).results().forEach(word -> words.add(word.group()));
      }
    }

    Set<String> unknown = new TreeSet<>();
    for (String document : DOCUMENTS) {
      for (Path file : files(root.resolve(document), Pattern.compile(".*\\.md"))) {
        Matcher name = NAME.matcher(Files.readString(file));
        while (name.find()) {
          if (!words.contains(name.group(1))) {
            unknown.add(root.relativize(file) + ": " + name.group(1));
          }
        }
      }
    }

    assertThat(words).contains("PlaceOrderSaga", "StockReserved");
    assertThat(unknown).as("names that no source has").isEmpty();
  }

  private static List<Path> files(Path below, Pattern named) throws IOException {
    try (Stream<Path> all = Files.walk(below)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().contains("/target/"))
          .filter(file -> named.matcher(file.getFileName().toString()).matches())
          .toList();
    }
  }
}
