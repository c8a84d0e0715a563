package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: a log is shown in full, also with bytes that are no text. */
class LogFileTest {
  @TempDir Path folder = Path.of("");

  @Test
  void logTailIsReadEvenIfItIsNotUtf8() throws IOException {
    Path log = folder.resolve("kafka.log");
    assertThat(LogFile.lastLines(log)).isEmpty();
    Files.write(log, new byte[] {'a', (byte) 0xFF, '\n', 'b'});
    assertThat(LogFile.lastLines(log)).isEqualTo("\na\uFFFD\nb");
    Files.writeString(log, "x".repeat(100_000) + "\nline\n".repeat(20));
    assertThat(LogFile.lastLines(log).lines()).hasSizeLessThanOrEqualTo(11).contains("line");
  }

  @Test
  void logThatIsNotUtf8IsPrinted() throws IOException {
    Path log = folder.resolve("kafka.log");
    Files.write(log, new byte[] {'a', (byte) 0xC3, '\n', (byte) 0x9B, '\n'});
    assertThatCode(() -> LogFile.print(log, false)).doesNotThrowAnyException();
  }
}
