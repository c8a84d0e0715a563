package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Converge;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Goal: every command prints its usage, and refuses unknown arguments. Method: the whole tree of
 * commands, including hidden ones; none of them is executed.
 */
class CommandTreeTest {
  @TempDir Path state = Path.of("");

  private record Ran(int exitCode, String out, String err) {}

  private Ran run(List<String> words, String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = Converge.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    int exitCode = commandLine.execute(all.toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  static Stream<List<String>> commands() {
    List<List<String>> paths = new ArrayList<>();
    collect(Converge.commandLine(), List.of(), paths);
    assertThat(paths)
        .contains(List.of(), List.of("lab"), List.of("lab", "faults"), List.of("sagas", "retry"))
        .hasSizeGreaterThan(30);
    return paths.stream();
  }

  private static void collect(CommandLine command, List<String> path, List<List<String>> paths) {
    paths.add(path);
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              List<String> longer = new ArrayList<>(path);
              longer.add(name);
              collect(subcommand, longer, paths);
            });
  }

  private static String usage(List<String> path) {
    return "Usage: "
        + String.join(" ", Stream.concat(Stream.of("converge"), path.stream()).toList());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(List<String> path) {
    for (String option : List.of("--help", "-h")) {
      Ran ran = run(path, option);
      assertThat(ran.exitCode()).as("%s %s: %s", path, option, ran.err()).isZero();
      assertThat(ran.out()).startsWith(usage(path));
    }
    assertThat(run(path, "--version").out()).startsWith("converge ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpShowsEveryCommand(List<String> path) {
    List<String> words = new ArrayList<>(List.of("help"));
    words.addAll(path);
    Ran ran = run(words);
    assertThat(ran.exitCode()).as("%s: %s", words, ran.err()).isZero();
    assertThat(ran.out()).startsWith(usage(path));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void unknownOptionIsAUsageError(List<String> path) {
    // Where an option begins alike, picocli suggests it and prints no usage.
    Ran ran = run(path, "--unknown");
    assertThat(ran.exitCode()).as("%s", path).isEqualTo(2);
    assertThat(ran.err()).contains("Usage: converge");
  }
}
