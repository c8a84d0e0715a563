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
    System.exit(Converge.execute(args, commands()));
  }

  /** What stands beside the platform's own commands. */
  static Object[] commands() {
    return new Object[] {
      new Bench(),
      new CommandLine(new Lab()).addSubcommand(new Faults()).addSubcommand(new Simulate())
    };
  }
}
