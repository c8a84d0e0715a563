package dev.converge.lab.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Converge;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SimulateProtocolsTest {
  private static final int SEEDS = 20;

  private record Ran(int exitCode, String output, String errors) {}

  @Test
  void tableSaysWhereEachProtocolIsAtomic() {
    Ran ran = run("2pc", "3pc-termination");

    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.output())
        .containsPattern("2pc +holds \\([0-9,]+ worlds\\) +holds .* +holds .* +holds .*\n")
        .containsPattern(
            "3pc-termination +holds .* +diverges in \\d+ steps +diverges .* +diverges .*\n")
        .containsPattern("2pc +waits +- +- +waits\n")
        .containsPattern("3pc-termination +decides +the order's waits +- +decides\n")
        .contains("Each protocol is atomic where it promises to be, and nowhere else.");
  }

  @Test
  void divergenceIsPrintedAsTextAndAsAMermaidDiagram() {
    Ran ran = run("3pc", "--network", "PARTITION");

    assertThat(ran.output())
        .contains("3pc, a partition: one branch has committed, another has aborted")
        .containsPattern(" \\d+ {2}payment: cut off from all others\n")
        .contains("coordinator -> payment: PRECOMMIT   (does not arrive)")
        .contains("sequenceDiagram\n    participant client\n    participant coordinator\n")
        .contains("    coordinator-xpayment: PRECOMMIT\n")
        .contains("    Note over payment: timeout while PREPARED\n");
    // A semicolon would end a statement of the diagram, a colon its text.
    String diagram = ran.output().substring(ran.output().indexOf("sequenceDiagram"));
    assertThat(diagram.substring(0, diagram.indexOf("\n\n"))).doesNotContain(";");
  }

  @Test
  void mutationIsFoundAndTheExitCodeIsOne() {
    Ran ran = run("--mutation", "ABORT_BY_TIMEOUT_WHILE_PREPARED", "--seeds", "5000");

    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.output())
        .contains("2pc with ABORT_BY_TIMEOUT_WHILE_PREPARED")
        .contains("sequenceDiagram")
        .containsPattern("Random schedules, anything: seed \\d+ after");
  }

  @Test
  void controlAndTheSagaAreInTheSameStatement() {
    Ran ran = run("dual-write,dual-write-call-first", "saga");

    assertThat(ran.exitCode()).isZero();
    assertThat(ran.output())
        .contains("dual-write: one effect is committed")
        .contains("dual-write-call-first: one effect is committed")
        .containsPattern("saga +20 seeds of its own simulator .*: no violation\n");
  }

  @Test
  void unknownProtocolIsRefused() {
    Ran ran = run("4pc");

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.errors()).contains("not a protocol of this command: 4pc");
  }

  private static Ran run(String... arguments) {
    CommandLine commandLine = Converge.commandLine();
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    commandLine.setOut(new PrintWriter(output, true)).setErr(new PrintWriter(errors, true));
    List<String> all = new ArrayList<>(List.of("lab", "simulate-protocols"));
    all.addAll(List.of(arguments));
    if (!all.contains("--seeds")) {
      all.addAll(List.of("--seeds", Integer.toString(SEEDS)));
    }
    int exitCode = commandLine.execute(all.toArray(String[]::new));
    return new Ran(exitCode, output.toString(), errors.toString());
  }
}
