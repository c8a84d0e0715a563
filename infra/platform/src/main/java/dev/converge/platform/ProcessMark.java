package dev.converge.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The mark of a part's process on its command line: its owner, and its ports. It identifies the
 * process if its file in the state folder is lost, and distinguishes it from other programs.
 *
 * @param name of the part
 * @param state names the state folder: a digest of its path, so that it is short and ASCII
 */
record ProcessMark(String name, String state, List<Integer> ports) {
  /** A system property of JVMs, a custom setting of PostgreSQL. */
  private static final String PROPERTY = "converge.part=";

  private static final int DIGEST_CHARACTERS = 16;
  private static final int LONGEST_NUMBER = 5;

  /** The mark of the parts of a state folder. */
  static String stateOf(Path folder) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(realPath(folder).toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // The same folder reached through a link is the same state, also while it is not there.
  private static Path realPath(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    for (Path there = absolute; there != null; there = there.getParent()) {
      try {
        return there.toRealPath().resolve(there.relativize(absolute));
      } catch (IOException absent) {
        // Its parent, then.
      }
    }
    return absolute;
  }

  /** As an argument of {@code java}. */
  String javaArgument() {
    return "-D" + setting();
  }

  /** As a setting of PostgreSQL, after its option {@code -c}. */
  String setting() {
    return PROPERTY
        + name
        + "@"
        + state
        + ports.stream().map(port -> ":" + port).collect(Collectors.joining());
  }

  /** The mark among a process's arguments. */
  static Optional<ProcessMark> in(List<String> arguments) {
    return arguments.stream()
        .map(argument -> argument.startsWith("-D") ? argument.substring(2) : argument)
        .filter(argument -> argument.startsWith(PROPERTY))
        .findFirst()
        .flatMap(argument -> parse(argument.substring(PROPERTY.length())));
  }

  private static Optional<ProcessMark> parse(String text) {
    String[] fields = text.split(":", -1);
    String[] who = fields[0].split("@", -1);
    if (who.length != 2) {
      return Optional.empty();
    }
    List<String> ports = Arrays.asList(fields).subList(1, fields.length);
    if (!ports.stream().allMatch(port -> port.matches("\\d{1," + LONGEST_NUMBER + "}"))) {
      return Optional.empty();
    }
    return Optional.of(
        new ProcessMark(who[0], who[1], ports.stream().map(Integer::valueOf).toList()));
  }
}
