package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: programs that are unpacked get their place as a whole, by one of several commands. */
class PostgresBinariesTest {
  @TempDir Path binaries = Path.of("");

  private Path folder(String name, String content) throws IOException {
    Path folder = Files.createDirectories(binaries.resolve(name));
    Files.writeString(folder.resolve("postgres"), content);
    return folder;
  }

  @Test
  void firstUnpackedCopyStaysAndTheSecondIsDeleted() throws IOException {
    Path home = binaries.resolve("postgres-17.6");
    PostgresBinaries.moveWhole(folder("unpacking-1", "first"), home);
    PostgresBinaries.moveWhole(folder("unpacking-2", "second"), home);
    assertThat(home.resolve("postgres")).hasContent("first");
    assertThat(binaries).isDirectoryNotContaining("glob:**/unpacking-*");
  }

  @Test
  void targetThatCannotBeReplacedIsAnError() throws IOException {
    Path unpacked = folder("unpacking-1", "first");
    Path home = Files.writeString(binaries.resolve("postgres-17.6"), "a file");
    assertThatThrownBy(() -> PostgresBinaries.moveWhole(unpacked, home))
        .isInstanceOf(IOException.class);
    assertThat(unpacked).doesNotExist();
  }
}
