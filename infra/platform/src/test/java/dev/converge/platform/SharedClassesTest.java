package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: a part uses an archive of the classes it has now, and never one that is half-written. */
class SharedClassesTest {
  private static final Instant BUILT = Instant.parse("2026-01-01T12:00:00Z");

  private static final Path STATE = Path.of("state").toAbsolutePath();

  @TempDir private Path folder;
  private Path jar;
  private SharedClasses classes;

  @BeforeEach
  void build() throws IOException {
    jar = fileOf("service.jar", BUILT);
    classes = new SharedClasses(folder, STATE);
  }

  @Test
  void theFirstStartListsItsClassesAndOneAfterTheArchivingUsesThem() throws IOException {
    assertThat(options())
        .contains("-XX:DumpLoadedClassList=" + STATE.resolve("classes/kafka.classes"));
    fileOf("kafka.jsa", BUILT.plusSeconds(60));
    assertThat(options()).contains("-XX:SharedArchiveFile=" + folder.resolve("kafka.jsa"));
  }

  @Test
  void noJvmArchivesItsClassesWhenItEndsForThatWouldHoldUpTheStop() throws IOException {
    assertThat(options()).noneMatch(option -> option.contains("AtExit"));
    fileOf("kafka.jsa", BUILT.plusSeconds(60));
    assertThat(options()).noneMatch(option -> option.contains("AtExit"));
  }

  @Test
  void anArchiveThatIsOlderThanAJarIsMadeAgain() throws IOException {
    fileOf("kafka.jsa", BUILT.minusSeconds(60));
    assertThat(options()).anyMatch(option -> option.startsWith("-XX:DumpLoadedClassList="));
    assertThat(classes.isFresh(Part.KAFKA, List.of(jar))).isFalse();
  }

  @Test
  void anArchiveGetsItsNameOnceItIsWholeAndTheScriptGoesOnAfterOneThatFails() throws Exception {
    Path java = fileOf("java", BUILT);
    Files.writeString(
        java,
        """
        #!/usr/bin/env bash
        for argument in "$@"; do
          case $argument in
            -XX:SharedArchiveFile=*bad*) exit 1 ;;
            -XX:SharedClassListFile=*) list=${argument#*=} ;;
            -XX:SharedArchiveFile=*) archive=${argument#*=} ;;
          esac
        done
        cp "$list" "$archive"
        """);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Path list = Files.writeString(folder.resolve("a list"), "java/lang/Object id: 0\nhalf a li");
    Path other = Files.writeString(folder.resolve("other"), "java/lang/Object id: 0\nhalf");

    Process script =
        new ProcessBuilder(
                List.of(
                    "bash",
                    "-c",
                    SharedClasses.SCRIPT,
                    "mark",
                    java.toString(),
                    other.toString(),
                    path("bad.unfinished"),
                    path("bad.jsa"),
                    "cp",
                    list.toString(),
                    path("good.unfinished"),
                    path("good.jsa"),
                    "cp"))
            .inheritIO()
            .start();
    assertThat(script.waitFor(20, TimeUnit.SECONDS)).isTrue();

    assertThat(folder.resolve("good.jsa")).hasContent("java/lang/Object id: 0");
    assertThat(folder.resolve("bad.jsa")).doesNotExist();
    assertThat(folder)
        .isDirectoryNotContaining("glob:**.unfinished*")
        .isDirectoryNotContaining("glob:**list");
  }

  @Test
  void platformsThatRunConcurrentlyDoNotArchiveToOneFile() {
    SharedClasses other = new SharedClasses(folder, Path.of("other-state"));
    assertThat(other.archiving(Part.KAFKA).unfinished())
        .isNotEqualTo(classes.archiving(Part.KAFKA).unfinished());
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private List<String> options() {
    return classes.options(Part.KAFKA, List.of(jar));
  }

  private Path fileOf(String name, Instant modified) throws IOException {
    Path file = Files.createFile(folder.resolve(name));
    return Files.setLastModifiedTime(file, FileTime.from(modified));
  }
}
