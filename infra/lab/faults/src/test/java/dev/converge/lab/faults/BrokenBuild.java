package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.checker.InvariantResult;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The platform with one mistake in it: the real source of a service with some words changed, or
 * another setting.
 *
 * @param part whose process gets the changed classes; null if only a setting differs
 * @param faults that the mistake shows under, each once; empty if it shows by itself
 * @param quiescentWithin how long to wait for a quiescence that may never be reached
 */
record BrokenBuild(
    String name,
    @Nullable Part part,
    Changes changes,
    List<String> faults,
    Duration quiescentWithin,
    Detection detection) {

  /**
   * The mistake.
   *
   * @param edits of the checkout's sources
   * @param environment variables of the services
   * @param prepare is run once the platform runs
   */
  record Changes(List<Edit> edits, Map<String, String> environment, Consumer<Platform> prepare) {}

  /**
   * How the checker detects the mistake.
   *
   * @param caughtBy the invariants of which one must be violated
   * @param reported what a violation of such an invariant must say (a regular expression, found
   *     anywhere in it): a run that is merely not quiescent violates some of them in other ways
   */
  record Detection(Set<String> caughtBy, String reported) {}

  /** Words of a source that are replaced by others. */
  record Edit(String file, String find, String replace) {}

  /** Nothing is broken yet. */
  static BrokenBuild of(String name, @Nullable Part part, String... caughtBy) {
    return new BrokenBuild(
        name,
        part,
        new Changes(List.of(), Map.of(), platform -> {}),
        List.of(),
        Duration.ofSeconds(30),
        new Detection(Set.of(caughtBy), ""));
  }

  BrokenBuild edit(String file, String find, String replace) {
    List<Edit> more = new ArrayList<>(edits());
    more.add(new Edit(file, find, replace));
    return changed(new Changes(more, changes.environment(), changes.prepare()));
  }

  BrokenBuild set(String variable, String value) {
    Map<String, String> more = new LinkedHashMap<>(changes.environment());
    more.put(variable, value);
    return changed(new Changes(edits(), more, changes.prepare()));
  }

  BrokenBuild prepared(Consumer<Platform> change) {
    return changed(new Changes(edits(), changes.environment(), change));
  }

  private BrokenBuild changed(Changes others) {
    return new BrokenBuild(name, part, others, faults, quiescentWithin, detection);
  }

  BrokenBuild under(String... more) {
    return new BrokenBuild(name, part, changes, List.of(more), quiescentWithin, detection);
  }

  BrokenBuild quiescentWithin(Duration time) {
    return new BrokenBuild(name, part, changes, faults, time, detection);
  }

  BrokenBuild reported(String words) {
    return new BrokenBuild(
        name, part, changes, faults, quiescentWithin, new Detection(caughtBy(), words));
  }

  List<Edit> edits() {
    return changes.edits();
  }

  Set<String> caughtBy() {
    return detection.caughtBy();
  }

  /** Whether a result detects the mistake. */
  boolean isCaughtBy(InvariantResult result) {
    Pattern words = Pattern.compile(detection.reported());
    return caughtBy().contains(result.invariant())
        && result.violations().stream().anyMatch(each -> words.matcher(each.what()).find());
  }

  /** The platform with this mistake: compiles the changed sources into a folder. */
  PlatformVariant variant(Path root, Path folder) throws IOException {
    Map<Part, List<Path>> inFront =
        part == null ? Map.of() : Map.of(part, List.of(compiled(root, folder, part)));
    return new PlatformVariant(
        inFront,
        changes.environment(),
        changes.prepare(),
        (platform, done) -> List.of(new SlotDropped(platform, "order", done)));
  }

  private Path compiled(Path root, Path folder, Part service) throws IOException {
    Map<Path, String> sources = new LinkedHashMap<>();
    for (Edit edit : edits()) {
      Path file = root.resolve(edit.file());
      String edited = sources.get(file);
      String before = edited == null ? Files.readString(file) : edited;
      // If the source has changed, the mistake must be adapted.
      assertThat(before).as("%s, to break in %s", name, edit.file()).containsOnlyOnce(edit.find());
      sources.put(file, before.replace(edit.find(), edit.replace()));
    }
    List<Path> changed = new ArrayList<>();
    for (Map.Entry<Path, String> source : sources.entrySet()) {
      Path copy = folder.resolve("sources").resolve(root.relativize(source.getKey()));
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      changed.add(Files.writeString(copy, source.getValue()));
    }
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiles =
          compiler
              .getTask(
                  errors,
                  files,
                  null,
                  List.of(
                      "-nowarn",
                      "-proc:none",
                      "-implicit:none",
                      "-d",
                      classes.toString(),
                      "-cp",
                      classPath(root.resolve(service.id()).resolve("target"))),
                  null,
                  files.getJavaFileObjectsFromPaths(changed))
              .call();
      assertThat(compiles).as("%s: %s", name, errors).isTrue();
    }
    return classes;
  }

  private static String classPath(Path target) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (Path folder : List.of(target, target.resolve("lib"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
      }
    }
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  @Override
  public String toString() {
    return name;
  }
}
