package dev.converge.lab.faults;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The machine of order-db loses its power: what was not flushed to its disk is gone. The disk is a
 * file with a file system in it. The server is killed, the file copied as it is then, without what
 * the system still holds in memory for it, and the copy mounted in its place.
 */
record PowerCut(Platform platform) implements Fault {
  /** The name of the fault. */
  static final String ID = "power-cut:order-db";

  private static final Part PART = Part.ORDER_DB;
  private static final long COMMAND_WITHIN_SECONDS = 60;

  @Override
  public Cell cell() {
    return new Cell("power-cut", PART.id(), "kill", 0, 1_000, 20);
  }

  @Override
  public @Nullable String whyNot() {
    return Files.exists(disk(platform.layout()))
        ? platform.isRunning(PART) ? null : PART.id() + " does not run"
        : PART.id() + " has no disk of its own";
  }

  @Override
  public void inject() throws IOException {
    Layout layout = platform.layout();
    Path after = layout.state().resolve("disk-after-the-cut.img");
    platform.kill(PART);
    run("cp", "--sparse=always", disk(layout).toString(), after.toString());
    run("umount", data(layout).toString());
    run("mv", after.toString(), disk(layout).toString());
    mount(layout);
  }

  @Override
  public void heal() {
    platform.start(PART);
  }

  /** Why no power can be cut on this machine; null where it can. */
  static @Nullable String whyNotHere() {
    try {
      Path folder = Files.createTempDirectory("power-cut-");
      Path image = folder.resolve("image");
      Path mounted = Files.createDirectory(folder.resolve("mounted"));
      run("truncate", "-s", "16M", image.toString());
      run("mkfs.ext4", "-q", "-F", image.toString());
      run("mount", "-o", "loop", image.toString(), mounted.toString());
      run("umount", mounted.toString());
      run("rm", "-r", folder.toString());
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Gives order-db a disk of its own. */
  static void prepare(Platform platform) {
    Layout layout = platform.layout();
    Path data = data(layout);
    Path before = layout.state().resolve("data-before");
    platform.stop(PART);
    try {
      run("truncate", "-s", "3G", disk(layout).toString());
      run("mkfs.ext4", "-q", "-F", disk(layout).toString());
      run("mv", data.toString(), before.toString());
      Files.createDirectory(data);
      mount(layout);
      run("rmdir", data.resolve("lost+found").toString());
      run("cp", "-a", before + "/.", data.toString());
      run("chmod", "700", data.toString());
      run("sync", "-f", data.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    platform.start(PART);
  }

  /** Has order-db acknowledge commits that are not flushed. */
  static void fsyncOff(Platform platform) {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER SYSTEM SET fsync = off");
      statement.execute("SELECT pg_reload_conf()");
      statement.execute("CHECKPOINT");
      run("sync", "-f", data(platform.layout()).toString());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the disk out again, where there is one; nothing runs on it any more. */
  static void unmount(Layout layout) throws IOException {
    if (Files.exists(disk(layout))) {
      run("umount", "-l", data(layout).toString());
      Files.delete(disk(layout));
    }
  }

  private static void mount(Layout layout) throws IOException {
    run("mount", "-o", "loop", disk(layout).toString(), data(layout).toString());
  }

  private static Path disk(Layout layout) {
    return layout.state().resolve("disk.img");
  }

  private static Path data(Layout layout) {
    return layout.state().resolve("data").resolve(PART.id());
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(COMMAND_WITHIN_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(List.of(command) + ": " + told);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
