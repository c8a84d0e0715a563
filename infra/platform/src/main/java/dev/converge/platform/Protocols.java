package dev.converge.platform;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the platform runs with protocols other than the saga: a file in the state folder, so that
 * every command agrees. {@code down} deletes it, unless a database still holds prepared
 * transactions or {@link OpenBranches}: without its settings the database could not start, and
 * nothing would end or show them.
 */
final class Protocols {
  private Protocols() {}

  static boolean isOn(Path state) {
    return Files.exists(file(state));
  }

  static void turnOn(Path state) {
    StateFile.write(file(state), "on" + System.lineSeparator());
  }

  /**
   * Turns them off if no database needs them.
   *
   * @return whether they are off
   */
  static boolean turnOff(Layout layout) {
    if (Scale.load(layout.state()).nodes(Role.Kind.DATABASE).stream()
        .anyMatch(part -> mayHoldPrepared(layout, part))) {
      return false;
    }
    StateFile.delete(file(layout.state()));
    return true;
  }

  // An orderly end writes each prepared transaction to a file, and removes the server's lock file.
  // After any other end they may be in the write-ahead log only.
  private static boolean mayHoldPrepared(Layout layout, Part database) {
    Path data = layout.data(database.id());
    return Files.exists(data.resolve("postmaster.pid")) || hasFiles(data.resolve("pg_twophase"));
  }

  private static boolean hasFiles(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      return files.iterator().hasNext();
    } catch (IOException e) {
      throw new PlatformException("cannot read " + folder + ": " + StateFile.reason(e), e);
    }
  }

  private static Path file(Path state) {
    return state.resolve("protocols");
  }
}
