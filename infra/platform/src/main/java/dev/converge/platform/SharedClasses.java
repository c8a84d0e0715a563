package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Class-data sharing: what a part's JVM has loaded and verified is saved when it ends in order, and
 * mapped by its next start, which then takes much less of the processor. The JVM itself refuses an
 * archive of other jars or of another JVM, and starts without.
 *
 * @param state of the platform: several may be saving at once
 * @see <a href="https://openjdk.org/jeps/350">JEP 350: Dynamic CDS Archives</a>
 */
record SharedClasses(Path folder, Path state) {
  // The JVM tells at length which classes it leaves out, in the log of the part.
  private static final List<String> QUIETLY =
      List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off");

  /** Options of a JVM with these jars: to use the archive, or to make it where there is none. */
  List<String> options(Part part, List<Path> jars) {
    Path archive = archive(part);
    if (isNewerThan(jars, archive)) {
      return with("-XX:SharedArchiveFile=" + archive);
    }
    return with("-XX:ArchiveClassesAtExit=" + unfinished(part));
  }

  /**
   * Takes the archive that a JVM has made, once the JVM has ended: until then it may be partial.
   */
  void keep(Part part) {
    try {
      if (Files.exists(unfinished(part))) {
        Files.move(unfinished(part), archive(part), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Forgets what a JVM that was killed may have left half-written. */
  void discard(Part part) {
    try {
      Files.deleteIfExists(unfinished(part));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> with(String option) {
    return Stream.concat(QUIETLY.stream(), Stream.of(option)).toList();
  }

  private static boolean isNewerThan(List<Path> jars, Path archive) {
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

  private Path archive(Part part) {
    return folder.resolve(part.id() + ".jsa");
  }

  private Path unfinished(Part part) {
    return folder.resolve(
        part.id() + "-" + Integer.toHexString(state.hashCode()) + ".jsa.unfinished");
  }
}
