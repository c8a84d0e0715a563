package dev.converge.platform;

import picocli.CommandLine.Option;

/** Who acts, and why: what every operator's action is written down with. */
final class OperatorOptions {
  @Option(
      names = "--operator",
      paramLabel = "NAME",
      defaultValue = "${sys:user.name}",
      description = "Who acts (default: the system's user name).")
  private String operator = "";

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; it is written to the operator log.")
  private String reason = "";

  String operator() {
    return operator;
  }

  String reason() {
    return reason;
  }
}
