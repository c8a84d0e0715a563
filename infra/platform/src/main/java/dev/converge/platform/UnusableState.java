package dev.converge.platform;

import java.util.List;
import java.util.stream.Collectors;

/** Data that this version cannot use: which, why, and the remedy. */
final class UnusableState extends PlatformException {
  private static final long serialVersionUID = 1L;

  /**
   * Created by an earlier version, whose migrations were edited later: before the release of 0.1.
   */
  static final String EARLIER =
      "They were created by an earlier version of Converge, from which there is no upgrade.";

  /** Created by a later version. */
  static final String NEWER =
      "They were created by a newer version of Converge: use that version, or a newer one.";

  /** Of another origin, or damaged. */
  static final String FOREIGN = "This version cannot use them. Restore the original files.";

  private final String fault;
  private final String origin;

  private UnusableState(String fault, String origin, String message) {
    super(message);
    this.fault = fault;
    this.origin = origin;
  }

  static UnusableState of(String fault, String origin) {
    return new UnusableState(fault, origin, message(List.of(fault), List.of(origin)));
  }

  /** One exception for several, with the remedy stated once. */
  static PlatformException all(List<UnusableState> states) {
    return new PlatformException(
        message(
            states.stream().map(state -> state.fault).distinct().sorted().toList(),
            states.stream().map(state -> state.origin).distinct().toList()),
        states.get(0));
  }

  private static String message(List<String> faults, List<String> origins) {
    return faults.stream().collect(Collectors.joining(System.lineSeparator() + "converge: "))
        + System.lineSeparator()
        + String.join(System.lineSeparator(), origins)
        + System.lineSeparator()
        + """
        To start without the old data, which deletes them for good:
            ./converge down; ./converge up --fresh        (Docker: docker-compose down -v; docker-compose up)
        To keep and read them, run the version that made them: check out its commit in another folder,
        and start it there on this data with ./converge up --state DIR. Nothing was changed.""";
  }
}
