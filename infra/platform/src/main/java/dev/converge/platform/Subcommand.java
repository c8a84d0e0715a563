package dev.converge.platform;

/**
 * A picocli command that another module adds to the command line. {@link java.util.ServiceLoader}
 * finds it where the module's jar is on the class path; see ADR 0021.
 */
public interface Subcommand {
  /** The command this one belongs to, such as {@code lab}; empty for one beside {@code up}. */
  default String parent() {
    return "";
  }
}
