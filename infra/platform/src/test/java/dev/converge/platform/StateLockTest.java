package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: two commands do not work on one state concurrently, and the second reports the reason. */
class StateLockTest {
  @TempDir Path state = Path.of("");
  private Layout layout = new Layout(Path.of(""), Path.of(""));

  @BeforeEach
  void layout() {
    layout = new Layout(state, state.resolve("new"));
  }

  @Test
  void secondCommandIsRefusedWithTheNameOfTheFirst() {
    StateLock first = StateLock.take(layout, "up");
    assertThatThrownBy(() -> StateLock.take(layout, "kill"))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("./converge up (process " + ProcessHandle.current().pid() + ")")
        .hasMessageContaining("is at work on " + layout.state());
    first.release();
    first.release();
    StateLock.take(layout, "kill").release();
  }

  @Test
  void lockIsReleasedEvenIfTheWorkFails() {
    assertThatThrownBy(
            () ->
                StateLock.take(layout, "up")
                    .during(
                        () -> {
                          throw new IllegalStateException("failed");
                        }))
        .hasMessage("failed");
    StateLock.take(layout, "up").release();
  }

  @Test
  void downEndsOnlyCommandsOfThisPlatform() throws Exception {
    StateLock held = StateLock.take(layout, "up");
    Process stranger = new ProcessBuilder("sleep", "60").start();
    try {
      Files.writeString(layout.state().resolve("lock"), stranger.pid() + " up");
      Thread later = new Thread(held::release);
      later.start();
      StateLock.takeForDown(layout).release();
      later.join();
      assertThat(stranger.isAlive()).isTrue();
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void downContinuesIfNoLockCanBeWritten() throws Exception {
    Files.writeString(layout.state(), "a file where the folder was");
    boolean[] done = {false};
    StateLock.takeForDown(layout).during(() -> done[0] = true);
    assertThat(done[0]).isTrue();
  }

  @Test
  void folderInPlaceOfTheFileIsReplaced() throws Exception {
    Files.createDirectories(layout.state().resolve("lock/inner"));
    Objects.requireNonNull(StateLock.tryToTake(layout, "down")).release();
  }
}
