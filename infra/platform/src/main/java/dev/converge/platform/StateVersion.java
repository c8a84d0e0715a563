package dev.converge.platform;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * The format of a state folder, in its file {@code version}. Without the file, the format is that
 * of 0.1, which this version can use. The number of the format grows when a version cannot use the
 * data of an earlier one.
 */
final class StateVersion {
  private static final int FORMAT = 1;

  private StateVersion() {}

  /** Refuses a folder that a newer version has written, and marks one that it has not. */
  static void claim(Layout layout) {
    Path file = file(layout);
    Optional<Integer> format = StateFile.read(file).flatMap(StateVersion::format);
    if (format.isPresent() && format.get() > FORMAT) {
      throw UnusableState.of(
          layout.state()
              + " was written by a newer version of Converge (format "
              + format.get()
              + ", this version knows "
              + FORMAT
              + ")",
          UnusableState.NEWER);
    }
    if (format.isEmpty()) {
      StateFile.write(file, "format=" + FORMAT + System.lineSeparator());
    }
  }

  /** With the data of a folder, its format is deleted, too. */
  static void forget(Layout layout) {
    StateFile.delete(file(layout));
  }

  private static Path file(Layout layout) {
    return layout.state().resolve("version");
  }

  private static Optional<Integer> format(String text) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException damaged) {
      return Optional.empty();
    }
    String format = properties.getProperty("format", "").strip();
    return format.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(format)) : Optional.empty();
  }

  /**
   * Whether a broker's folder is formatted; a partly formatted folder is not.
   *
   * @throws UnusableState if it cannot be that of this platform
   */
  static boolean requireUsableKafka(Path data, String clusterId, int nodeId) {
    Path file = data.resolve("meta.properties");
    if (!isThere(data)) {
      return false;
    }
    Properties meta = new Properties();
    try {
      meta.load(new StringReader(StateFile.read(file).orElse("")));
    } catch (IOException | IllegalArgumentException damaged) {
      meta.clear();
    }
    String found = meta.getProperty("cluster.id", "");
    String node = meta.getProperty("node.id", "");
    if ((found.isEmpty() || node.isEmpty()) && UnfinishedData.isKafka(data)) {
      return false;
    }
    if (!found.equals(clusterId) || !node.equals(Integer.toString(nodeId))) {
      throw UnusableState.of(
          "the broker's data in "
              + data
              + (found.isEmpty()
                  ? " are damaged: meta.properties is lost or torn, and there are log segments."
                      + " Put back this one file from a copy"
                  : " belong to another cluster or node: " + found + ", node " + node),
          UnusableState.FOREIGN);
    }
    return true;
  }

  private static boolean isThere(Path data) {
    if (!Files.isDirectory(data)) {
      return Files.exists(data);
    }
    try (var files = Files.list(data)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw new PlatformException("cannot read " + data + ": " + StateFile.reason(e), e);
    }
  }

  /**
   * Whether there is a data directory; a partly created one does not count.
   *
   * @throws UnusableState if it is of another major version of PostgreSQL, or damaged
   */
  static boolean requireUsablePostgres(String part, Path data, int major) {
    if (!isThere(data)) {
      return false;
    }
    Path file = data.resolve("PG_VERSION");
    String found = StateFile.read(file).map(String::strip).orElse("");
    boolean isVersion = found.matches("\\d{1,9}");
    boolean isOurs = found.equals(Integer.toString(major));
    if (isOurs && UnfinishedData.isWhole(data)) {
      return true;
    }
    if ((isOurs || !isVersion) && UnfinishedData.isPostgres(data)) {
      return false;
    }
    if (isOurs) {
      throw UnusableState.of(
          part
              + ": its data in "
              + data
              + " are damaged: global/pg_control or base/5 is lost, and there are databases",
          UnusableState.FOREIGN);
    }
    throw UnusableState.of(
        part
            + ": "
            + (isVersion
                ? "its data are of PostgreSQL " + found + ", and this version runs " + major
                : file + " is damaged (expected: " + major + ")"),
        isVersion && Integer.parseInt(found) > major ? UnusableState.NEWER : UnusableState.FOREIGN);
  }
}
