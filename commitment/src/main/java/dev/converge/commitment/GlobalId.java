package dev.converge.commitment;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a transaction in every database, such as {@code
 * 2pc.018f3c5e-0000-7000-8000-000000000000.inventory_payment}. It lists all participants, so that a
 * reader can distinguish "not prepared here" from "not involved here". Its characters are the
 * unreserved ones of a URL.
 *
 * @param protocol the protocol's short name
 * @param participants the short names of the services that have a branch
 */
public record GlobalId(String protocol, UUID transaction, List<String> participants) {
  /** PostgreSQL's limit for the name of a prepared transaction, in bytes. */
  private static final int MAX_LENGTH = 199;

  private static final String NAME = "[a-z0-9]+(?:-[a-z0-9]+)*";
  private static final Pattern SEPARATOR = Pattern.compile("_");
  private static final Pattern NAME_PATTERN = Pattern.compile(NAME);
  private static final Pattern TEXT =
      Pattern.compile(
          "(%s)\\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\\.(%s(?:_%s)*)"
              .formatted(NAME, NAME, NAME));

  public GlobalId {
    participants = participants.stream().sorted(Comparator.naturalOrder()).distinct().toList();
    if (participants.isEmpty()
        || !NAME_PATTERN.matcher(protocol).matches()
        || !participants.stream().allMatch(name -> NAME_PATTERN.matcher(name).matches())
        || text(protocol, transaction, participants).length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "not the name of a transaction: %s %s".formatted(protocol, participants));
    }
  }

  /** Reads a name; empty if it is none. */
  public static Optional<GlobalId> parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (text.length() > MAX_LENGTH || !parts.matches()) {
      return Optional.empty();
    }
    GlobalId id =
        new GlobalId(
            parts.group(1),
            UUID.fromString(parts.group(2)),
            SEPARATOR.splitAsStream(parts.group(3)).toList());
    // One name for each transaction: participants in order, each once.
    return id.text().equals(text) ? Optional.of(id) : Optional.empty();
  }

  /**
   * The name as text. It needs no escaping in an SQL literal, in a URL or in a path of ZooKeeper.
   */
  public String text() {
    return text(protocol, transaction, participants);
  }

  private static String text(String protocol, UUID transaction, List<String> participants) {
    return protocol + "." + transaction + "." + String.join("_", participants);
  }

  @Override
  public String toString() {
    return text();
  }
}
