package dev.converge.platform;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The processes of one state folder, found by the {@link ProcessMark} that each carries. Reads the
 * command lines of all processes of the machine: a few milliseconds.
 *
 * @param state the mark of the folder
 */
record MarkedProcesses(String state) {
  private static final int LONGEST_COMMAND_LINE = 128 * 1024;

  // A search for a mark, or an editor, may have one among its arguments, too.
  private static final Set<String> PROGRAMS = Set.of("java", "postgres", "bash", "unshare", "nice");

  private static final String DELETED = " (deleted)";

  static MarkedProcesses of(Path stateFolder) {
    return new MarkedProcesses(ProcessMark.stateOf(stateFolder));
  }

  /** The processes of a name, those that they have started left out. */
  List<ProcessHandle> find(String name) {
    List<ProcessHandle> found =
        ProcessHandle.allProcesses().filter(process -> isOf(process, name)).toList();
    Set<Long> pids = found.stream().map(ProcessHandle::pid).collect(Collectors.toSet());
    // A server that has just been forked still shows the command line of its parent.
    return found.stream()
        .filter(process -> process.parent().filter(p -> pids.contains(p.pid())).isEmpty())
        .toList();
  }

  /** The ports of all running processes, by their names. */
  Map<String, List<Integer>> ports() {
    return ProcessHandle.allProcesses()
        .flatMap(process -> mark(process).stream())
        .filter(mark -> mark.state().equals(state))
        .collect(Collectors.toMap(ProcessMark::name, ProcessMark::ports, (first, child) -> first));
  }

  /** Whether a process carries this name's mark. */
  boolean isOf(ProcessHandle process, String name) {
    return mark(process)
        .filter(mark -> mark.name().equals(name) && mark.state().equals(state))
        .isPresent();
  }

  /** The mark of a live process that may carry one. */
  static Optional<ProcessMark> mark(ProcessHandle process) {
    List<String> arguments = arguments(process);
    return ProcessMark.in(arguments)
        .filter(mark -> isProgram(process, arguments))
        .filter(mark -> Processes.isAlive(process));
  }

  /** Whether it runs a program of a part, or one that starts such a program. */
  static boolean isProgram(ProcessHandle process, List<String> arguments) {
    String command = process.info().command().orElse(arguments.isEmpty() ? "" : arguments.get(0));
    return PROGRAMS.contains(programName(command));
  }

  /**
   * Whether its working directory is this folder or below; false if the system does not report it.
   */
  static boolean worksWithin(ProcessHandle process, Path folder) {
    try {
      return Path.of("/proc/" + process.pid() + "/cwd")
          .toRealPath()
          .startsWith(folder.toRealPath());
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Linux marks a program whose file was deleted or replaced since the process started. */
  static String programName(String command) {
    String name = command.substring(command.lastIndexOf('/') + 1);
    return name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name;
  }

  /**
   * The arguments of a process, its program first; empty if they cannot be read. {@link
   * ProcessHandle.Info#arguments} is empty on Linux if they are longer than a page, as a class path
   * is.
   */
  static List<String> arguments(ProcessHandle process) {
    try (InputStream in = Files.newInputStream(Path.of("/proc/" + process.pid() + "/cmdline"))) {
      String line = new String(in.readNBytes(LONGEST_COMMAND_LINE), StandardCharsets.UTF_8);
      return Arrays.asList(line.split("\0", -1));
    } catch (IOException noProcOrEnded) {
      return process.info().arguments().map(Arrays::asList).orElse(List.of());
    }
  }
}
