package dev.converge.order.reads;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The position in the log of one database up to which a session has written or seen. Opaque to
 * clients, who send it back unchanged.
 *
 * <p>The position alone is not enough on the primary. A replica shows a commit as soon as it has
 * replayed it; the primary shows it a moment later, when its standby has confirmed it. So a token
 * of a replica also says which transactions the replica may have shown.
 *
 * @param system identifies the database
 * @param timeline of the log
 * @param position in the log
 * @param xmax transactions below this may have been shown by a replica; 0 for none
 */
public record ConsistencyToken(long system, long timeline, long position, long xmax) {
  private static final String NUMBER = "([0-7]?[0-9a-f]{1,15})";
  private static final Pattern FORM =
      Pattern.compile(NUMBER + "-" + NUMBER + "-" + NUMBER + "-" + NUMBER);
  private static final int HEXADECIMAL = 16;

  /** The token in a text; empty if it is none. */
  public static Optional<ConsistencyToken> parse(String text) {
    var form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(
            new ConsistencyToken(
                number(form.group(1)),
                number(form.group(2)),
                number(form.group(3)),
                number(form.group(4))))
        : Optional.empty();
  }

  private static long number(String digits) {
    return Long.parseLong(digits, HEXADECIMAL);
  }

  /** As clients get it. */
  public String text() {
    return String.format(Locale.ROOT, "%x-%x-%x-%x", system, timeline, position, xmax);
  }

  /** Of a session that has read from the primary, or written, at a position that was read later. */
  public static ConsistencyToken ofPrimary(NodePosition later, Optional<ConsistencyToken> before) {
    long shown =
        before.filter(token -> !token.isShownBy(later)).map(ConsistencyToken::xmax).orElse(0L);
    return new ConsistencyToken(later.system(), later.timeline(), later.position(), shown);
  }

  /** Of a session that has read from a replica, at a position that was read later. */
  public static ConsistencyToken ofReplica(NodePosition later, Optional<ConsistencyToken> before) {
    long shown =
        before
            .filter(token -> token.system() == later.system())
            .map(token -> Math.max(token.xmax(), later.xmax()))
            .orElse(later.xmax());
    return new ConsistencyToken(later.system(), later.timeline(), later.position(), shown);
  }

  /** Whether a replica has replayed all of it. A position on an earlier timeline says nothing. */
  boolean isReachedBy(NodePosition replica) {
    return replica.system() == system
        && replica.timeline() >= timeline
        && replica.position() >= position;
  }

  /**
   * Whether the primary shows all of it. A token of another database, as before a restore, promises
   * nothing here.
   */
  boolean isShownBy(NodePosition primary) {
    return primary.system() != system || primary.xmin() >= xmax;
  }
}
