package dev.converge.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Held by the process that decides or changes the roles of a database's nodes: the supervisor
 * during a step, or a command. It ends with its process.
 */
final class DatabaseLock {
  private static final Duration FREE_WITHIN = Duration.ofSeconds(60);

  private final FileChannel channel;

  private DatabaseLock(FileChannel channel) {
    this.channel = channel;
  }

  /** The lock, unless another holds it. */
  static Optional<DatabaseLock> tryTake(Layout layout, Role database) {
    Path file = layout.state().resolve("failover").resolve(database.id() + ".lock");
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isLocked(channel)) {
        return Optional.of(new DatabaseLock(channel));
      }
      channel.close();
      return Optional.empty();
    } catch (IOException e) {
      throw new PlatformException("cannot lock " + file + ": " + StateFile.reason(e), e);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException ofThisProcess) {
      return false;
    }
  }

  /** Works with the lock; waits for it first. */
  static void holding(Layout layout, Role database, Runnable work) {
    holding(
        layout,
        database,
        () -> {
          work.run();
          return true;
        });
  }

  /** The same, with a result. */
  static <T> T holding(Layout layout, Role database, Supplier<T> work) {
    DatabaseLock lock = take(layout, database);
    try {
      return work.get();
    } finally {
      lock.release();
    }
  }

  private static DatabaseLock take(Layout layout, Role database) {
    DatabaseLock[] taken = {null};
    boolean free =
        Waits.until(
            FREE_WITHIN,
            () -> {
              taken[0] = tryTake(layout, database).orElse(null);
              return taken[0] != null;
            });
    if (!free) {
      throw new PlatformException(
          "the supervisor works on "
              + database.id()
              + " for more than "
              + FREE_WITHIN.toSeconds()
              + " s; its log: ./converge logs supervisor");
    }
    return taken[0];
  }

  void release() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new PlatformException("the lock cannot be released: " + StateFile.reason(e), e);
    }
  }
}
