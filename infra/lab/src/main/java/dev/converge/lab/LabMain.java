package dev.converge.lab;

import dev.converge.lab.bench.Bench;
import dev.converge.platform.Converge;

/** The command line with what measures the platform. */
public final class LabMain {
  private LabMain() {}

  public static void main(String[] args) {
    System.exit(Converge.commandLine().addSubcommand(new Bench()).execute(args));
  }
}
