package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: a landed migration is never edited, because databases that it created could not be
 * upgraded. Method: the checksum of every migration of every module, in a list.
 */
class LandedMigrationsTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final Path LIST =
      Path.of("infra/platform/src/test/resources/landed-migrations.txt");

  private static Map<String, String> landed() throws IOException {
    try (Stream<String> lines = Files.lines(ROOT.resolve(LIST))) {
      return lines
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split("  ", 2))
          .collect(Collectors.toMap(fields -> fields[1], fields -> fields[0]));
    }
  }

  private static Map<String, String> inTheCheckout() throws IOException {
    Map<String, String> found = new TreeMap<>();
    List<Path> modules = new ArrayList<>();
    for (Path parent : List.of(ROOT, ROOT.resolve("infra"))) {
      try (Stream<Path> folders = Files.list(parent)) {
        folders
            .map(folder -> folder.resolve("src/main/resources"))
            .filter(Files::isDirectory)
            .forEach(modules::add);
      }
    }
    for (Path module : modules) {
      try (Stream<Path> files = Files.walk(module)) {
        for (Path file : files.filter(LandedMigrationsTest::isMigration).toList()) {
          found.put(ROOT.relativize(file).toString(), checksum(file));
        }
      }
    }
    return found;
  }

  private static boolean isMigration(Path file) {
    return String.valueOf(file.getFileName()).matches("[VRB].*__.*\\.sql");
  }

  // Of the lines, as Flyway's own: a checkout may have other line ends.
  private static String checksum(Path file) throws IOException {
    try {
      String lines = Files.readString(file).replace("\r\n", "\n");
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void noMigrationThatHasLandedWasEditedOrRemoved() throws IOException {
    Map<String, String> found = inTheCheckout();
    landed()
        .forEach(
            (file, checksum) ->
                assertThat(found.get(file))
                    .as(
                        "%s has landed and must stay as it is, or databases that it created cannot be"
                            + " upgraded. Undo the edit, and write the change as the next migration"
                            + " of its folder: expand first, contract in a later one.",
                        file)
                    .isEqualTo(checksum));
  }

  @Test
  void everyMigrationIsInTheList() throws IOException {
    Map<String, String> found = inTheCheckout();
    assertThat(found).hasSizeGreaterThanOrEqualTo(6);
    found.keySet().removeAll(landed().keySet());
    String missing =
        found.entrySet().stream()
            .map(entry -> entry.getValue() + "  " + entry.getKey())
            .collect(Collectors.joining("\n"));
    assertThat(missing).as("new migration: append these lines to %s", LIST).isEmpty();
  }
}
