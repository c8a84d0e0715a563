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

  @TempDir private Path folder;
  @TempDir private Path state;
  private Path jar;
  private SharedClasses classes;

  @BeforeEach
  void build() throws IOException {
    jar = fileOf("service.jar", BUILT);
    classes = new SharedClasses(folder, state);
  }

  @Test
  void firstStartListsItsClassesAndALaterStartUsesTheArchive() throws IOException {
    assertThat(options())
        .contains("-XX:DumpLoadedClassList=" + state.resolve("classes/kafka.classes"));
    archiveOf(BUILT.plusSeconds(60));
    assertThat(options()).contains("-XX:SharedArchiveFile=" + folder.resolve("kafka.jsa"));
  }

  @Test
  void noJvmArchivesItsClassesAtExitBecauseThatDelaysTheStop() throws IOException {
    assertThat(options()).noneMatch(option -> option.contains("AtExit"));
    archiveOf(BUILT.plusSeconds(60));
    assertThat(options()).noneMatch(option -> option.contains("AtExit"));
  }

  @Test
  void archiveThatIsOlderThanAJarIsRecreated() throws IOException {
    archiveOf(BUILT.minusSeconds(60));
    assertThat(options()).anyMatch(option -> option.startsWith("-XX:DumpLoadedClassList="));
    assertThat(classes.isFresh(Part.KAFKA, List.of(jar))).isFalse();
  }

  @Test
  void onlyCompleteArchivesGetTheirNameAndAFailureDoesNotStopTheScript() throws Exception {
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
    assertThat(Files.readString(folder.resolve("good.jsa.record")).strip())
        .isEqualTo(Long.toString(Files.size(folder.resolve("good.jsa"))));
    assertThat(Files.getLastModifiedTime(folder.resolve("good.jsa.record")))
        .isEqualTo(Files.getLastModifiedTime(folder.resolve("good.jsa")));
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

  private void isDiscarded() {
    assertThat(options())
        .noneMatch(option -> option.startsWith("-XX:SharedArchiveFile="))
        .anyMatch(option -> option.startsWith("-XX:DumpLoadedClassList="));
    assertThat(folder.resolve("kafka.jsa")).doesNotExist();
    assertThat(folder.resolve("kafka.jsa.record")).doesNotExist();
  }

  @Test
  void damagedArchiveIsDeletedAndTheClassesAreListedAgain() throws IOException {
    Path archive = folder.resolve("kafka.jsa");
    Path record = folder.resolve("kafka.jsa.record");
    FileTime made = FileTime.from(BUILT.plusSeconds(60));

    archiveOf(made.toInstant());
    Files.setLastModifiedTime(Files.writeString(archive, "tor"), made);
    isDiscarded();

    archiveOf(made.toInstant());
    Files.writeString(archive, "tsrohc");
    isDiscarded();

    archiveOf(made.toInstant());
    Files.setLastModifiedTime(Files.writeString(archive, ""), made);
    isDiscarded();

    archiveOf(made.toInstant());
    Files.delete(record);
    isDiscarded();

    for (String content : new String[] {"", "6x", "\u0000\u0000\u0000"}) {
      archiveOf(made.toInstant());
      Files.setLastModifiedTime(Files.writeString(record, content), made);
      isDiscarded();
    }
  }

  @Test
  void archiveThatAFailedStartUsedIsDeleted() throws IOException {
    archiveOf(BUILT.plusSeconds(60));
    classes.discardAfterFailedStart(Part.KAFKA);
    isDiscarded();
  }

  @Test
  void archiveThatACrashedJvmUsedIsDeletedOnce() throws IOException {
    archiveOf(BUILT.plusSeconds(60));
    Path report = Path.of(errorFile());
    Files.createDirectories(state.resolve("classes"));
    Files.writeString(report, "# SIGBUS");
    isDiscarded();
    assertThat(report).doesNotExist();
    assertThat(Path.of(report + ".1")).hasContent("# SIGBUS");

    archiveOf(BUILT.plusSeconds(60));
    assertThat(options()).contains("-XX:SharedArchiveFile=" + folder.resolve("kafka.jsa"));
  }

  private String errorFile() {
    String option = "-XX:ErrorFile=";
    return options().stream()
        .filter(each -> each.startsWith(option))
        .findFirst()
        .orElseThrow()
        .substring(option.length());
  }

  private void archiveOf(Instant made) throws IOException {
    FileTime time = FileTime.from(made);
    Path archive = Files.writeString(folder.resolve("kafka.jsa"), "shared");
    Path record = Files.writeString(folder.resolve("kafka.jsa.record"), "6\n");
    Files.setLastModifiedTime(archive, time);
    Files.setLastModifiedTime(record, time);
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
