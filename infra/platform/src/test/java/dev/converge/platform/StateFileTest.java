package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a file of the state folder is whole or not there, and no content of it does harm. */
class StateFileTest {
  @TempDir Path state = Path.of("");

  /** Contents that a crash, a full disk or an editor may leave in a file. */
  static Stream<byte[]> torn() {
    return Stream.of(
            "",
            " ",
            "\n",
            "kafka",
            "1",
            "1 ",
            "-1 1764385000000",
            "0 0",
            "1.5 2",
            "99999999999999999999999 1",
            "2147483648 1764385000000",
            "1 2 3",
            "\\u00zz=\\uqqqq",
            "x".repeat(100_000))
        .map(text -> text.getBytes(UTF_8))
        .flatMap(bytes -> Stream.of(bytes, withGarbage(bytes)));
  }

  private static byte[] withGarbage(byte[] bytes) {
    byte[] garbage = java.util.Arrays.copyOf(bytes, bytes.length + 2);
    garbage[bytes.length] = (byte) 0xFF;
    return garbage;
  }

  @Test
  void writeReplacesTheFileAndLeavesNoOther() throws IOException {
    Path file = state.resolve("folder/file");
    StateFile.write(file, "first, and longer than the next");
    StateFile.write(file, "second");
    assertThat(StateFile.read(file)).contains("second");
    try (Stream<Path> files = Files.list(state.resolve("folder"))) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void folderInPlaceOfTheFileIsReplaced() throws IOException {
    Path file = Files.createDirectories(state.resolve("file"));
    Files.writeString(file.resolve("inner"), "x");
    assertThat(StateFile.read(file)).isEmpty();
    StateFile.write(file, "text");
    assertThat(StateFile.read(file)).contains("text");
  }

  @Test
  void diskErrorIsReportedInTheUsersTerms() throws IOException {
    Path file = Files.writeString(state.resolve("plain"), "");
    assertThatThrownBy(() -> StateFile.write(file.resolve("below"), "x"))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("cannot write " + file.resolve("below"));
  }

  @ParameterizedTest
  @MethodSource("torn")
  void tornPortsFileGivesTheDefaultPorts(byte[] content) throws IOException {
    Files.write(state.resolve("ports.properties"), content);
    assertThat(Ports.load(state, 0).byName()).isEqualTo(Ports.shifted(0).byName());
  }

  @ParameterizedTest
  @MethodSource("torn")
  void tornProcessFileNamesNoProcess(byte[] content) throws IOException {
    Layout layout = new Layout(state, state);
    Files.createDirectories(layout.processes());
    Files.write(layout.processes().resolve("kafka"), content);
    assertThat(new Processes(layout).running(Part.KAFKA)).isEmpty();
    assertThat(new Processes(layout).stop(Part.KAFKA, java.time.Duration.ofSeconds(1))).isTrue();
    assertThat(layout.processes().resolve("kafka")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("torn")
  void tornLockOrVersionBlocksNoStart(byte[] content) throws IOException {
    Layout layout = new Layout(state, state);
    Files.write(state.resolve("lock"), content);
    Files.write(state.resolve("version"), content);
    StateLock.take(layout, "up").during(() -> StateVersion.claim(layout));
    assertThat(StateFile.read(state.resolve("version"))).contains("format=1\n");
  }
}
