package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: a started process is found and ended without its file, and no other is. Method: real
 * processes that carry a part's mark and do nothing.
 */
class ProcessesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path folder = Path.of("");
  private final List<ProcessHandle> strangers = new ArrayList<>();
  private Layout layout = new Layout(Path.of(""), Path.of(""));
  private Processes processes = new Processes(layout);

  @BeforeEach
  void layout() throws IOException {
    layout = new Layout(folder, Files.createDirectories(folder.resolve("a state")));
    processes = new Processes(layout);
  }

  @AfterEach
  void endAll() {
    processes.kill(Part.KAFKA);
    strangers.forEach(ProcessHandle::destroyForcibly);
  }

  private ProcessHandle startKafka(String script) {
    processes.start(Part.KAFKA, List.of("bash", "-c", script, mark(layout.state())), Map.of());
    return processes.running(Part.KAFKA).orElseThrow();
  }

  private static String mark(Path state) {
    return new ProcessMark("kafka", ProcessMark.stateOf(state), List.of(9092)).javaArgument();
  }

  @Test
  void partOfAMovedStateFolderIsFoundAndThatOfACopiedOneIsNot() throws IOException {
    ProcessHandle started = startKafka("sleep 60; true");
    Path copy = Files.createDirectories(folder.resolve("copy").resolve("processes"));
    Files.copy(file(), copy.resolve("kafka"));
    Processes ofCopy = new Processes(new Layout(folder, folder.resolve("copy")));
    assertThat(ofCopy.running(Part.KAFKA)).isEmpty();

    Path moved = Files.move(layout.state(), folder.resolve("moved"));

    processes = new Processes(new Layout(folder, moved));
    assertThat(processes.running(Part.KAFKA)).contains(started);
    assertThat(processes.stop(Part.KAFKA, TIMEOUT)).isTrue();
    assertThat(Processes.isAlive(started)).isFalse();
  }

  @Test
  void programWhoseFileWasReplacedIsStillKnown() {
    assertThat(MarkedProcesses.programName("/usr/lib/jvm/bin/java (deleted)")).isEqualTo("java");
    assertThat(MarkedProcesses.programName("/x/postgres")).isEqualTo("postgres");
    assertThat(MarkedProcesses.programName("postgres")).isEqualTo("postgres");
  }

  private ProcessHandle stranger(String... command) throws IOException {
    ProcessHandle stranger = new ProcessBuilder(command).start().toHandle();
    strangers.add(stranger);
    return stranger;
  }

  private Path file() {
    return layout.processes().resolve("kafka");
  }

  @Test
  void partWhoseFileIsLostOrTornIsFoundAndEnded() throws IOException {
    for (String torn : new String[] {"", "garbage", "-7 1", "1 1"}) {
      ProcessHandle started = startKafka("sleep 60; true");
      Files.writeString(file(), torn);
      assertThat(processes.running(Part.KAFKA)).as("with file <%s>", torn).contains(started);
      assertThat(processes.stop(Part.KAFKA, TIMEOUT)).isTrue();
      assertThat(Processes.isAlive(started)).isFalse();
      assertThat(file()).doesNotExist();
    }
    ProcessHandle started = startKafka("sleep 60; true");
    Layout.delete(layout.processes());
    assertThat(processes.running(Part.KAFKA)).contains(started);
    processes.kill(Part.KAFKA);
    assertThat(Processes.isAlive(started)).isFalse();
  }

  @Test
  void fileThatNamesAnotherProcessEndsOnlyThePartsOwn() throws IOException {
    ProcessHandle started = startKafka("sleep 60; true");
    ProcessHandle other = stranger("sleep", "60");
    Instant its = other.info().startInstant().orElseThrow();
    Files.writeString(file(), other.pid() + " " + its.toEpochMilli());
    processes.stop(Part.KAFKA, TIMEOUT);
    assertThat(Processes.isAlive(started)).isFalse();
    assertThat(Processes.isAlive(other)).isTrue();
  }

  @Test
  void partOfAnotherStateFolderIsIgnored() throws IOException {
    ProcessHandle other =
        stranger("bash", "-c", "sleep 60; true", mark(folder.resolve("other state")));
    Instant its = other.info().startInstant().orElseThrow();
    Files.createDirectories(layout.processes());
    Files.writeString(file(), other.pid() + " " + its.toEpochMilli());
    assertThat(processes.running(Part.KAFKA)).isEmpty();
    processes.stop(Part.KAFKA, TIMEOUT);
    assertThat(Processes.isAlive(other)).isTrue();
  }

  @Test
  void processThatOnlyMentionsAMarkIsNotAPart() throws IOException {
    stranger("sleep", "60", mark(layout.state()));
    stranger("tail", "-f", "/dev/null", mark(layout.state()));
    assertThat(processes.running(Part.KAFKA)).isEmpty();
  }

  @Test
  void stateFolderBehindALinkIsTheSameState() throws IOException {
    ProcessHandle started = startKafka("sleep 60; true");
    Path link = Files.createSymbolicLink(folder.resolve("link"), layout.state());
    Files.delete(file());
    assertThat(new Processes(new Layout(folder, link)).running(Part.KAFKA)).contains(started);
  }

  @Test
  void processThatDoesNotExitInTimeIsKilled() {
    ProcessHandle started = startKafka("trap '' TERM; while true; do sleep 1; done");
    assertThat(processes.stop(Part.KAFKA, Duration.ofMillis(300))).isFalse();
    assertThat(Processes.isAlive(started)).isFalse();
  }

  @Test
  void auxiliaryProcessEndsWithItsChildren() {
    processes.startAside("sleep 61 & sleep 62; true", List.of());
    MarkedProcesses marked = MarkedProcesses.of(layout.state());
    // It is found once it runs its own program.
    assertThat(Waits.until(TIMEOUT, () -> marked.find("class-archiver").size() == 1)).isTrue();
    processes.endAside();
    assertThat(marked.find("class-archiver")).isEmpty();
  }

  @Test
  void largeLogIsTruncatedAtAStart() throws IOException {
    Path log = layout.log("kafka");
    Files.createDirectories(layout.logs());
    Files.write(log, new byte[(16 << 20) + 1]);
    startKafka("sleep 60; true");
    assertThat(log).isEmptyFile();
    assertThat(Path.of(log + ".1")).hasSize((16 << 20) + 1);
  }
}
