package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Class-data sharing: the classes of a part's JVM are listed while it runs. Once the platform is
 * up, an archive of them is created in the background. The next start maps the archive, which takes
 * much less processor time. The JVM itself refuses an archive of other jars or of another JVM, and
 * starts without it.
 *
 * <p>The JVM maps the archive unchecked, and a damaged one crashes it. So a record beside the
 * archive has its length and the same modification time. An archive that does not match its record
 * is deleted and recreated. So is the archive of a part that crashed, or ended before it was ready.
 *
 * @param folder of the archives; it goes with the jars
 * @param state of the platform, which keeps the lists
 */
record SharedClasses(Path folder, Path state) {
  // Otherwise the JVM lists every class it leaves out, in the log of the part.
  private static final List<String> QUIETLY =
      List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off");

  /**
   * Creates archives, one after another. Arguments: {@code java}; then for each part the list of
   * its classes, the archive while it is unfinished, the archive, the class path.
   */
  static final String SCRIPT =
      """
      java=$1
      shift
      while [ $# -ge 4 ]; do
        # Without the last line, which a running JVM may be writing.
        if sed '$d' "$1" >"$2.classes" &&
          "$java" -Xmx256m -XX:+UseSerialGC -Xlog:disable -Xshare:dump \
            -XX:SharedClassListFile="$2.classes" -XX:SharedArchiveFile="$2" -cp "$4" &&
          wc -c <"$2" >"$2.record" && touch -r "$2" "$2.record"; then
          # Both are on the disk before they get their names; an archive without its record is
          # damaged.
          sync "$2" "$2.record" || :
          rm -f "$3.record"
          mv -f "$2" "$3"
          mv -f "$2.record" "$3.record"
        fi
        rm -f "$1" "$2" "$2.classes" "$2.record"
        shift 4
      done
      """;

  /** The files of the creation of a part's archive. */
  record Archiving(Path list, Path unfinished, Path archive) {}

  /** Options of a JVM with these jars: to use the archive, or to list the classes for one. */
  List<String> options(Part part, List<Path> jars) {
    discardAfterCrash(part);
    String errorFile = "-XX:ErrorFile=" + crash(part);
    if (isFresh(part, jars)) {
      return with(errorFile, "-XX:SharedArchiveFile=" + archive(part));
    }
    // The nodes of a role share the archive; two that listed their classes would write one file.
    return part.isFirst()
        ? with(errorFile, "-XX:DumpLoadedClassList=" + list(part))
        : with(errorFile);
  }

  /** Whether there is an archive that is undamaged and newer than the jars. */
  boolean isFresh(Part part, List<Path> jars) {
    Path archive = archive(part);
    try {
      if (!Files.exists(archive)) {
        return false;
      }
      if (!matchesRecord(archive)) {
        discard(part, "is damaged");
        return false;
      }
      long saved = Files.getLastModifiedTime(archive).to(TimeUnit.MILLISECONDS);
      for (Path jar : jars) {
        if (Files.getLastModifiedTime(jar).to(TimeUnit.MILLISECONDS) >= saved) {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException discardedMeanwhile) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean matchesRecord(Path archive) throws IOException {
    Path record = record(archive);
    String length = StateFile.read(record).orElse("").strip();
    return Files.isRegularFile(archive)
        && length.equals(Long.toString(Files.size(archive)))
        && Files.getLastModifiedTime(record).equals(Files.getLastModifiedTime(archive));
  }

  /** Deletes the archive of a part that ended before it was ready: the archive may be the cause. */
  void discardAfterFailedStart(Part part) {
    discard(part, "was used by a start that failed");
  }

  private void discardAfterCrash(Part part) {
    Path crash = crash(part);
    if (Files.exists(crash)) {
      discard(part, "was used by a JVM that crashed; its report: " + crash + ".1");
      try {
        Files.move(crash, Path.of(crash + ".1"), StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  // A JVM that has mapped it keeps it.
  private void discard(Part part, String reason) {
    Path archive = archive(part);
    if (Files.exists(archive)) {
      System.err.println(
          "converge: the class archive of " + part.id() + " " + reason + "; it is recreated");
    }
    StateFile.delete(archive);
    StateFile.delete(record(archive));
  }

  /** Whether a JVM has listed its classes. */
  boolean isListed(Part part) {
    return Files.isRegularFile(list(part));
  }

  /** The inputs and the output of the creation. */
  Archiving archiving(Part part) {
    return new Archiving(
        list(part),
        folder.resolve(part.role().id() + "-" + ProcessMark.stateOf(state) + ".jsa.unfinished"),
        archive(part));
  }

  private static List<String> with(String... options) {
    return Stream.concat(QUIETLY.stream(), Stream.of(options)).toList();
  }

  private static Path record(Path archive) {
    return Path.of(archive + ".record");
  }

  /** The file in which a part's JVM reports its crash. */
  private Path crash(Part part) {
    return lists().resolve(part.id() + ".crash");
  }

  Path lists() {
    return state.resolve("classes");
  }

  private Path list(Part part) {
    return lists().resolve(part.role().id() + ".classes");
  }

  private Path archive(Part part) {
    return folder.resolve(part.role().id() + ".jsa");
  }
}
