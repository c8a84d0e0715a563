package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: a part uses an archive of the classes it has now, and never one that is half-written. */
class SharedClassesTest {
  private static final Instant BUILT = Instant.parse("2026-01-01T12:00:00Z");

  private static final Path STATE = Path.of("state");

  @TempDir private Path folder;
  private Path jar;
  private SharedClasses classes;

  @BeforeEach
  void build() throws IOException {
    jar = fileOf("service.jar", BUILT);
    classes = new SharedClasses(folder, STATE);
  }

  @Test
  void theFirstStartSavesItsClassesAndTheNextUsesThem() throws IOException {
    assertThat(options()).contains("-XX:ArchiveClassesAtExit=" + unfinished());
    fileOf(String.valueOf(unfinished().getFileName()), BUILT.plusSeconds(60));
    classes.keep(Part.KAFKA);
    assertThat(options()).contains("-XX:SharedArchiveFile=" + archive());
    assertThat(unfinished()).doesNotExist();
  }

  @Test
  void anArchiveThatIsOlderThanAJarIsMadeAnew() throws IOException {
    fileOf("kafka.jsa", BUILT.minusSeconds(60));
    assertThat(options()).contains("-XX:ArchiveClassesAtExit=" + unfinished());
  }

  @Test
  void whatAKilledJvmLeftIsForgotten() throws IOException {
    fileOf(String.valueOf(unfinished().getFileName()), BUILT.plusSeconds(60));
    classes.discard(Part.KAFKA);
    classes.keep(Part.KAFKA);
    assertThat(archive()).doesNotExist();
    assertThat(unfinished()).doesNotExist();
  }

  @Test
  void aJvmThatSavedNothingChangesNothing() throws IOException {
    fileOf("kafka.jsa", BUILT.plusSeconds(60));
    classes.keep(Part.KAFKA);
    assertThat(options()).contains("-XX:SharedArchiveFile=" + archive());
  }

  @Test
  void platformsThatRunAtOnceDoNotSaveToOneFile() {
    SharedClasses other = new SharedClasses(folder, Path.of("other-state"));
    assertThat(other.options(Part.KAFKA, List.of(jar))).isNotEqualTo(options());
  }

  private List<String> options() {
    return classes.options(Part.KAFKA, List.of(jar));
  }

  private Path archive() {
    return folder.resolve("kafka.jsa");
  }

  private Path unfinished() {
    return folder.resolve("kafka-" + Integer.toHexString(STATE.hashCode()) + ".jsa.unfinished");
  }

  private Path fileOf(String name, Instant modified) throws IOException {
    Path file = Files.createFile(folder.resolve(name));
    return Files.setLastModifiedTime(file, FileTime.from(modified));
  }
}
