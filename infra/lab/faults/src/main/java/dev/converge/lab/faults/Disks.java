package dev.converge.lab.faults;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Disks of their own for the data of some parts: each is a file with a file system in it, mounted
 * where the part's data lies. Such a disk can be filled, and can lose its power, alone. Needs the
 * right to mount.
 */
final class Disks implements AutoCloseable {
  private static final long COMMAND_WITHIN_SECONDS = 60;
  private static final String SIZE = "3G";

  /** Filled byte by byte at the end: a file system reserves some of its free space. */
  private static final long LAST_BYTES = 8L << 20;

  private static final long NEXT_TO_NOTHING = 1L << 20;
  private static final int BLOCK = 4096;

  private final Layout layout;
  private boolean closed;

  Disks(Layout layout) {
    this.layout = layout;
  }

  /** The reason why no part can have a disk of its own on this machine; null if it can. */
  static @Nullable String whyNotHere() {
    try {
      Path folder = Files.createTempDirectory("disk-");
      try {
        Path image = folder.resolve("image");
        Path mounted = Files.createDirectory(folder.resolve("mounted"));
        run("truncate", "-s", "16M", image.toString());
        run("mkfs.ext4", "-q", "-F", image.toString());
        run("mount", "-o", "loop", image.toString(), mounted.toString());
        run("umount", mounted.toString());
        return null;
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).strip();
    }
  }

  /** Moves the data of a part, which does not run, to a disk of its own. */
  synchronized void make(Part part) throws IOException {
    requireOpen();
    Path data = data(part);
    Path before = folder().resolve(part.id() + "-before");
    Files.createDirectories(folder());
    run("truncate", "-s", SIZE, image(part).toString());
    // No block is kept for the superuser: full is full for everyone.
    run("mkfs.ext4", "-q", "-F", "-m", "0", image(part).toString());
    Files.move(data, before);
    Files.createDirectory(data);
    mount(part);
    Files.delete(data.resolve("lost+found"));
    run("cp", "-a", before + "/.", data.toString());
    run("chmod", "700", data.toString());
    run("sync", "-f", data.toString());
    delete(before);
  }

  /** Whether a part has one. */
  synchronized boolean has(Part part) {
    return Files.exists(image(part));
  }

  /**
   * Discards everything on a disk that was not flushed. The part has just been killed. The file is
   * copied without the pages that the system still caches for it, and the copy is mounted in its
   * place.
   */
  synchronized void cutPower(Part part) throws IOException {
    requireOpen();
    Path after = folder().resolve(part.id() + "-after.img");
    run("cp", "--sparse=always", image(part).toString(), after.toString());
    run("umount", data(part).toString());
    run("mv", after.toString(), image(part).toString());
    mount(part);
  }

  /** Leaves nothing free on a part's disk. */
  synchronized void fill(Part part) throws IOException {
    requireOpen();
    Path filler = filler(part);
    long free = Files.getFileStore(data(part)).getUsableSpace();
    if (free > LAST_BYTES) {
      run("fallocate", "-l", Long.toString(free - LAST_BYTES), filler.toString());
    }
    writeUntilFull(filler);
    if (Files.getFileStore(data(part)).getUsableSpace() > NEXT_TO_NOTHING) {
      throw new IOException("the disk of " + part.id() + " does not get full");
    }
  }

  private static void writeUntilFull(Path filler) {
    byte[] block = new byte[BLOCK];
    try (OutputStream out =
        Files.newOutputStream(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (long written = 0; written < 4 * LAST_BYTES; written += BLOCK) {
        out.write(block);
      }
    } catch (IOException full) {
      // As it should be; whether it is full is checked then.
    }
  }

  /** Removes the content that {@link #fill} wrote, if any. */
  synchronized void free(Part part) throws IOException {
    requireOpen();
    Files.deleteIfExists(filler(part));
  }

  /** Has all that a part has written reach its disk. */
  synchronized void flush(Part part) throws IOException {
    run("sync", "-f", data(part).toString());
  }

  /**
   * Removes the disks with their content, including those that an earlier run left. Nothing may use
   * them any longer.
   */
  synchronized void remove() throws IOException {
    // A disk that a killed process wrote to may be busy for a moment.
    for (Path mounted : mounted()) {
      run("umount", "-l", mounted.toString());
    }
    if (Files.exists(folder())) {
      delete(folder());
    }
  }

  /** As {@link #remove}; there will be no others. */
  @Override
  public synchronized void close() {
    closed = true;
    try {
      remove();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the disks have been taken out");
    }
  }

  private List<Path> mounted() throws IOException {
    Path mounts = Path.of("/proc/self/mounts");
    Path data = layout.state().resolve("data");
    if (!Files.exists(mounts) || !Files.exists(data)) {
      return List.of();
    }
    Path real = data.toRealPath();
    try (Stream<String> lines = Files.lines(mounts)) {
      return lines
          .map(line -> Path.of(line.split(" ", -1)[1].replace("\\040", " ")))
          .filter(path -> path.startsWith(real))
          .toList();
    }
  }

  private void mount(Part part) throws IOException {
    run("mount", "-o", "loop", image(part).toString(), data(part).toString());
  }

  private Path folder() {
    return layout.state().resolve("disks");
  }

  private Path image(Part part) {
    return folder().resolve(part.id() + ".img");
  }

  private Path data(Part part) {
    return layout.state().resolve("data").resolve(part.id());
  }

  private Path filler(Part part) {
    return data(part).resolve("filled-by-the-lab");
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(COMMAND_WITHIN_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
