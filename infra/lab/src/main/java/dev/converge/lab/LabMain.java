package dev.converge.lab;

import dev.converge.lab.bench.Bench;
import dev.converge.lab.faults.Faults;
import dev.converge.lab.simulation.Simulate;
import dev.converge.platform.Converge;
import picocli.CommandLine;

/** The command line with what measures and tries the platform. */
public final class LabMain {
  private LabMain() {}

  public static void main(String[] args) {
    System.exit(
        Converge.commandLine()
            .addSubcommand(new Bench())
            .addSubcommand(
                new CommandLine(new Lab())
                    .addSubcommand(new Faults())
                    .addSubcommand(new Simulate()))
            .execute(args));
  }
}
