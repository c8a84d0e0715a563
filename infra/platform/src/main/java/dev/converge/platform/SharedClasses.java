package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Class-data sharing: what a part's JVM loads is listed while it runs, an archive of that is made
 * aside once the platform is up, and the next start maps it, which takes much less of the
 * processor. The JVM itself refuses an archive of other jars or of another JVM, and starts without.
 *
 * @param folder of the archives; it goes with the jars
 * @param state of the platform, which keeps the lists
 */
record SharedClasses(Path folder, Path state) {
  // Otherwise the JVM lists every class it leaves out, in the log of the part.
  private static final List<String> QUIETLY =
      List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off");

  /**
   * Makes archives, one after the other. Arguments: {@code java}; then for each part the list of
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
            -XX:SharedClassListFile="$2.classes" -XX:SharedArchiveFile="$2" -cp "$4"; then
          mv -f "$2" "$3"
        fi
        rm -f "$1" "$2" "$2.classes"
        shift 4
      done
      """;

  /** How the archive of a part is made. */
  record Archiving(Path list, Path unfinished, Path archive) {}

  /** Options of a JVM with these jars: to use the archive, or to list the classes for one. */
  List<String> options(Part part, List<Path> jars) {
    if (isFresh(part, jars)) {
      return with("-XX:SharedArchiveFile=" + archive(part));
    }
    return with("-XX:DumpLoadedClassList=" + list(part));
  }

  /** Whether there is an archive that is newer than the jars. */
  boolean isFresh(Part part, List<Path> jars) {
    Path archive = archive(part);
    try {
      if (!Files.exists(archive)) {
        return false;
      }
      long saved = Files.getLastModifiedTime(archive).to(TimeUnit.MILLISECONDS);
      for (Path jar : jars) {
        if (Files.getLastModifiedTime(jar).to(TimeUnit.MILLISECONDS) >= saved) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a JVM has listed its classes. */
  boolean isListed(Part part) {
    return Files.isRegularFile(list(part));
  }

  /** What the archive is made from, and where. */
  Archiving archiving(Part part) {
    return new Archiving(
        list(part),
        folder.resolve(part.id() + "-" + ProcessMark.stateOf(state) + ".jsa.unfinished"),
        archive(part));
  }

  private static List<String> with(String option) {
    return Stream.concat(QUIETLY.stream(), Stream.of(option)).toList();
  }

  Path lists() {
    return state.resolve("classes");
  }

  private Path list(Part part) {
    return lists().resolve(part.id() + ".classes");
  }

  private Path archive(Part part) {
    return folder.resolve(part.id() + ".jsa");
  }
}
