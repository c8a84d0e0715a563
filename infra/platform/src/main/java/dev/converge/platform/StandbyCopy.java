package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

/**
 * Copies the folder of a running primary, and makes the copy a standby of it. It is what {@code
 * pg_basebackup} does, which the embedded PostgreSQL lacks. The server forces the copied files to
 * the disk when it starts: the copy looks like the folder of a server that has crashed.
 */
final class StandbyCopy {
  // Not copied: the standby gets the log from its primary, and has no slots but those that it
  // synchronizes. A copy of the primary's own slot would end the synchronization of all slots.
  private static final Set<String> EMPTY =
      Set.of(
          "pg_wal",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");
  private static final Set<String> LEFT_OUT =
      Set.of(
          "postmaster.pid",
          "postmaster.opts",
          "postgresql.auto.conf",
          "postgresql.auto.conf.tmp",
          "standby.signal",
          "recovery.signal",
          "backup_label",
          "tablespace_map",
          "pg_internal.init");

  private StandbyCopy() {}

  /**
   * Replaces a folder by a copy.
   *
   * @param primary a connection of the superuser; the backup belongs to it
   * @param settings of the standby, the content of its {@code postgresql.auto.conf}
   */
  static void make(Connection primary, Path from, Path to, String settings) {
    Path parent = Objects.requireNonNull(to.toAbsolutePath().getParent());
    try {
      Files.createDirectories(parent);
      Path unfinished = Files.createTempDirectory(parent, to.getFileName() + ".unfinished-");
      try {
        Path label = copy(primary, from, unfinished);
        writePrivately(label, Files.readString(label));
        writePrivately(unfinished.resolve("postgresql.auto.conf"), settings);
        Files.createFile(unfinished.resolve("standby.signal"));
        Layout.delete(to);
        Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Layout.delete(unfinished);
      }
    } catch (IOException | UncheckedIOException | SQLException e) {
      throw new PlatformException(
          "the copy of " + from + " for a standby: " + StateFile.reason(e), e);
    }
  }

  private static Path copy(Connection primary, Path from, Path to)
      throws SQLException, IOException {
    try (var statement = primary.createStatement()) {
      // A fast checkpoint: a spread one would take minutes.
      statement.execute("SELECT pg_backup_start('standby', true)");
      copyFiles(from, to);
      try (ResultSet stopped =
          statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
        stopped.next();
        return Files.writeString(to.resolve("backup_label"), stopped.getString(1));
      }
    }
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(folder);
            Path target = to.resolve(relative);
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
            if (relative.toString().equals("pg_wal")) {
              Files.createDirectories(target.resolve("archive_status"));
              Files.createDirectories(target.resolve("summaries"));
            }
            return EMPTY.contains(relative.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = String.valueOf(file.getFileName());
            if (attributes.isRegularFile() && !LEFT_OUT.contains(name)) {
              copyUnlessGone(file, to.resolve(from.relativize(file)));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }

  // A relation that is dropped during the copy: the log that the standby replays drops it, too.
  private static void copyUnlessGone(Path file, Path target) throws IOException {
    try {
      Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
    } catch (NoSuchFileException gone) {
      Files.deleteIfExists(target);
    }
  }

  private static void writePrivately(Path file, String content) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, content);
  }
}
