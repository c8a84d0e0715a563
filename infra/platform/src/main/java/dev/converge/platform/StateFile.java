package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * A small text file in the state folder: written as a whole or not at all, and read with distrust,
 * since a crash, a full disk or a hand may have left anything in its place.
 */
final class StateFile {
  private static final int LARGEST_BYTES = 64 * 1024;

  private StateFile() {}

  /** Writes to a temporary file beside it, forces that to the disk, and renames it. */
  static void write(Path file, String content) {
    try {
      Path folder = Files.createDirectories(Objects.requireNonNull(file.getParent()));
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        Layout.delete(file);
      }
      Path whole = Files.createTempFile(folder, "." + file.getFileName() + "-", ".tmp");
      try {
        writeAndForce(whole, content);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(whole);
      }
      forceFolder(folder);
    } catch (IOException e) {
      throw new PlatformException("cannot write " + file + ": " + reason(e), e);
    }
  }

  private static void writeAndForce(Path file, String content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException notSupported) {
      // Some file systems cannot: then the name alone may be lost with the machine's power.
    }
  }

  /** Its content; empty if it is absent, unreadable, no plain file, too large or not text. */
  static Optional<String> read(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_BYTES) {
        return Optional.empty();
      }
      return Optional.of(Files.readString(file));
    } catch (CharacterCodingException notText) {
      return Optional.empty();
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /** Deletes the file or folder of that name. */
  static void delete(Path file) {
    try {
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        Layout.delete(file);
      } else {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new PlatformException("cannot delete " + file + ": " + reason(e), e);
    }
  }

  /** The message of a failed access: the file, and the reason. */
  static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null
            ? unchecked.getCause()
            : failure;
    if (cause instanceof FileSystemException access) {
      String why = access.getReason() == null ? kind(access) : access.getReason();
      return access.getFile() + ": " + why;
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  // AccessDeniedException becomes "access denied".
  private static String kind(FileSystemException access) {
    return access
        .getClass()
        .getSimpleName()
        .replace("Exception", "")
        .replaceAll("(?<=.)(?=[A-Z])", " ")
        .toLowerCase(java.util.Locale.ROOT);
  }
}
