package dev.converge.platform;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Held by the command that starts or stops parts of a state folder: one at a time. It is a lock of
 * the operating system on the file {@code lock}, so it ends with its process, however that ends.
 * The content of the file, the lock's holder, is only for the message.
 */
final class StateLock {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(12);
  private static final List<String> MAINS =
      List.of("dev.converge.platform.Converge", "dev.converge.console.ConsoleMain");

  private final @Nullable FileChannel channel;

  private StateLock(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock for a command, such as {@code up}; refuses where another command has it. */
  static StateLock take(Layout layout, String command) {
    StateLock lock = tryToTake(layout, command);
    if (lock == null) {
      throw new PlatformException(
          holder(layout).map(Holder::text).orElse("another command")
              + " is at work on "
              + layout.state()
              + ": wait until it is done, or end everything with ./converge down");
    }
    return lock;
  }

  /**
   * Takes the lock for {@code down}: a command that starts parts is ended first, another one
   * awaited.
   */
  static StateLock takeForDown(Layout layout) {
    StateLock lock;
    try {
      lock = tryToTake(layout, "down");
    } catch (PlatformException e) {
      // A full or read-only disk must not prevent running parts from being stopped.
      System.out.println(e.getMessage() + "; continuing without it");
      return new StateLock(null);
    }
    if (lock != null) {
      return lock;
    }
    Optional<Holder> holder = holder(layout);
    holder
        .filter(Holder::starts)
        .ifPresent(
            starting -> {
              System.out.println(starting.text() + " is in progress; it is stopped first.");
              starting.process().destroy();
            });
    StateLock[] taken = {null};
    if (Waits.until(
        ENDS_WITHIN,
        () -> {
          taken[0] = tryToTake(layout, "down");
          return taken[0] != null;
        })) {
      return taken[0];
    }
    holder.filter(Holder::starts).ifPresent(starting -> starting.process().destroyForcibly());
    return take(layout, "down");
  }

  /** Takes the lock; returns null if another command holds it. */
  static @Nullable StateLock tryToTake(Layout layout, String command) {
    Path file = file(layout);
    try {
      Files.createDirectories(layout.state());
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        Layout.delete(file);
      }
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = lock(channel);
      if (lock == null) {
        channel.close();
        return null;
      }
      sayWhoHoldsIt(channel, ProcessHandle.current().pid() + " " + command);
      return new StateLock(channel);
    } catch (IOException e) {
      throw new PlatformException("cannot lock " + file + ": " + StateFile.reason(e), e);
    }
  }

  private static void sayWhoHoldsIt(FileChannel channel, String holder) {
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException fullDisk) {
      // It is held all the same; the others' message then has no name.
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException ofThisProcess) {
      return null;
    }
  }

  /** The holder of the lock, if the file names one and a process of that id confirms it. */
  private record Holder(ProcessHandle process, String command) {
    String text() {
      return "./converge " + command + " (process " + process.pid() + ")";
    }

    boolean starts() {
      return List.of("up", "demo", "start").contains(command)
          && process.pid() != ProcessHandle.current().pid()
          && MarkedProcesses.arguments(process).stream().anyMatch(MAINS::contains);
    }
  }

  private static Optional<Holder> holder(Layout layout) {
    return StateFile.read(file(layout))
        .map(text -> text.strip().split(" ", -1))
        .filter(fields -> fields.length == 2 && fields[0].matches("[1-9]\\d{0,17}"))
        .filter(fields -> fields[1].matches("[a-z]{1,20}"))
        .flatMap(
            fields ->
                ProcessHandle.of(Long.parseLong(fields[0]))
                    .filter(Processes::isAlive)
                    .map(process -> new Holder(process, fields[1])));
  }

  private static Path file(Layout layout) {
    return layout.state().resolve("lock");
  }

  boolean isHeld() {
    return channel != null && channel.isOpen();
  }

  /** Runs the work that the lock was taken for, and releases the lock. */
  void during(Runnable work) {
    try {
      work.run();
    } finally {
      release();
    }
  }

  /** Releases the lock, unless that was done before. */
  void release() {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new PlatformException("the lock cannot be released: " + StateFile.reason(e), e);
    }
  }
}
