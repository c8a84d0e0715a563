package dev.converge.platform;

import picocli.CommandLine.Option;

/** The operator and the reason, which every operator action is logged with. */
final class OperatorOptions {
  @Option(
      names = "--operator",
      paramLabel = "NAME",
      defaultValue = "${sys:user.name}",
      description = "Name of the operator (default: the system's user name).")
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
