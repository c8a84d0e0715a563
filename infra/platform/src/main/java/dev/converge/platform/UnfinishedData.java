package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Detects folders whose creation was interrupted before they held any data: they can be recreated.
 * A folder that holds data, or a file that its program does not create, is never one of them.
 */
final class UnfinishedData {
  private static final int MOST_DEPTH = 3;
  // The files that formatting creates, and a broker before its first record.
  private static final Pattern OF_KAFKA =
      Pattern.compile(
          "(meta\\.properties|bootstrap\\.checkpoint|[a-z-]+-checkpoint)(\\.tmp)?|\\.lock");
  private static final Pattern METADATA_LOG =
      Pattern.compile(
          "__cluster_metadata-0(/(0{20}-0{10}\\.checkpoint(\\.part)?|leader-epoch-checkpoint"
              + "|partition\\.metadata|quorum-state)(\\.tmp)?)?");
  private static final Pattern OF_POSTGRES =
      Pattern.compile(
          "(PG_VERSION|base|global|pg_[a-z_]+(\\.conf)?|postgresql(\\.auto)?\\.conf"
              + "|postmaster\\.(pid|opts))");
  // PostgreSQL gives users' databases numbers from this one on; initdb creates those below.
  private static final long FIRST_OF_USERS = 16_384;
  // The database postgres, which initdb creates last.
  private static final String LAST_MADE = "base/5/PG_VERSION";

  private UnfinishedData() {}

  /** Whether a broker's folder has been formatted in part, and has no segment of a log. */
  static boolean isKafka(Path data) {
    return all(
        data, name -> OF_KAFKA.matcher(name).matches() || METADATA_LOG.matcher(name).matches());
  }

  /**
   * Whether initdb has not completed a data directory, and no part of it is a user's database. It
   * creates {@code base} before it writes {@code pg_control}: if only the former is missing, it was
   * lost, or its volume is not mounted.
   */
  static boolean isPostgres(Path data) {
    return !isWhole(data)
        && all(data, name -> OF_POSTGRES.matcher(name.replaceFirst("/.*", "")).matches())
        && !Files.isSymbolicLink(data.resolve("base"))
        && (Files.isDirectory(data.resolve("base")) || !hasControl(data))
        && all(data.resolve("base"), name -> !isOfUser(name));
  }

  /** Whether initdb has completed a data directory. */
  static boolean isWhole(Path data) {
    return hasControl(data) && Files.exists(data.resolve(LAST_MADE));
  }

  private static boolean hasControl(Path data) {
    try {
      Path control = data.resolve("global/pg_control");
      return Files.isRegularFile(control) && Files.size(control) > 0;
    } catch (IOException e) {
      throw new PlatformException("cannot read " + data + ": " + StateFile.reason(e), e);
    }
  }

  private static boolean isOfUser(String name) {
    String database = name.replaceFirst("/.*", "");
    return database.matches("\\d{1,10}") && Long.parseLong(database) >= FIRST_OF_USERS;
  }

  // Of all that is in a folder, by its name from there.
  private static boolean all(Path folder, Predicate<String> rule) {
    if (!Files.isDirectory(folder)) {
      return !Files.exists(folder);
    }
    try (Stream<Path> files = Files.walk(folder, MOST_DEPTH)) {
      return files
          .filter(file -> !file.equals(folder))
          .allMatch(file -> rule.test(folder.relativize(file).toString()));
    } catch (IOException | UncheckedIOException e) {
      throw new PlatformException("cannot read " + folder + ": " + StateFile.reason(e), e);
    }
  }
}
