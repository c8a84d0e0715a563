package dev.converge.platform;

import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's programs, unpacked once from the artifact that holds them. */
final class PostgresBinaries {
  private static final Pattern MAJOR = Pattern.compile(".*-(\\d+)\\.[\\d.]+");
  // Characters that a shell expands within double quotes.
  private static final Pattern EXPANDED = Pattern.compile("[\"$`\\\\]");

  private final Path home;

  private PostgresBinaries(Path home) {
    this.home = home;
  }

  /** The major version: 17 of 17.6. */
  int major() {
    Matcher version = MAJOR.matcher(String.valueOf(home.getFileName()));
    if (!version.matches()) {
      throw new IllegalStateException("no version in " + home);
    }
    return Integer.parseInt(version.group(1));
  }

  static synchronized PostgresBinaries unpack(Layout layout) {
    Path jar = layout.postgresBinaries();
    String name = String.valueOf(jar.getFileName()).replace(".jar", "");
    Path binaries = layout.root().resolve(".converge/binaries");
    Path home = binaries.resolve(name);
    try {
      if (!Files.isDirectory(home)) {
        Path unpacking = Files.createTempDirectory(Files.createDirectories(binaries), "unpacking-");
        unpackInto(jar, unpacking);
        moveWhole(unpacking, home);
      }
    } catch (IOException e) {
      throw new PlatformException("PostgreSQL cannot be unpacked to " + home + ": " + e, e);
    }
    return new PostgresBinaries(home);
  }

  /**
   * Runs initdb with programs that it can start. It starts {@code postgres} by its real path,
   * through a shell, within double quotes. If that path has a character that a shell expands there,
   * the programs are unpacked into a temporary folder first.
   */
  void withInitdb(Layout layout, Consumer<PostgresBinaries> run) throws IOException {
    if (isSafeInShell(home.toRealPath())) {
      run.accept(this);
      return;
    }
    Path folder = Files.createTempDirectory("converge-initdb-");
    try {
      if (!isSafeInShell(folder.toRealPath())) {
        throw new PlatformException(
            "initdb cannot run: neither the path of the checkout nor that of the folder for temporary"
                + " files (java.io.tmpdir) is without '\"', '$', '`' and '\\': "
                + folder);
      }
      unpackInto(layout.postgresBinaries(), folder);
      run.accept(new PostgresBinaries(folder));
    } finally {
      Layout.delete(folder);
    }
  }

  static boolean isSafeInShell(Path path) {
    return !EXPANDED.matcher(path.toString()).find();
  }

  // Another command, on another state, may have been first.
  static void moveWhole(Path unpacked, Path home) throws IOException {
    try {
      Files.move(unpacked, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Layout.delete(unpacked);
      if (!Files.isDirectory(home)) {
        throw e;
      }
    }
  }

  /**
   * The command line of one of the programs. PostgreSQL refuses to run as root. For root, which is
   * usual in containers, it runs as another user in a user namespace.
   */
  List<String> command(String program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(home.resolve("bin").resolve(program).toString());
    command.addAll(arguments);
    return command;
  }

  private static void unpackInto(Path jar, Path target) throws IOException {
    try (JarFile archive = new JarFile(jar.toFile())) {
      JarEntry packed =
          archive.stream()
              .filter(entry -> entry.getName().endsWith(".txz"))
              .findFirst()
              .orElseThrow(() -> new IOException(jar + " holds no .txz"));
      try (InputStream in = archive.getInputStream(packed);
          TarArchiveInputStream tar =
              new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in)))) {
        unpack(tar, target);
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, Path target) throws IOException {
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path file = target.resolve(entry.getName()).normalize();
      if (!file.startsWith(target)) {
        throw new IOException("not below the target: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(file);
      } else if (entry.isSymbolicLink()) {
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
      } else {
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.copy(tar, file);
        if ((entry.getMode() & 0100) != 0) {
          makeExecutable(file);
        }
      }
    }
  }

  private static void makeExecutable(Path file) {
    Set<PosixFilePermission> permissions =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_EXECUTE);
    try {
      Files.setPosixFilePermissions(file, permissions);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
