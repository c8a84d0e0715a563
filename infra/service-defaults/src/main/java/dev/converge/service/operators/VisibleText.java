package dev.converge.service.operators;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text in which every character is visible: no control, format, bidirectional, zero-width,
 * private-use or damaged character. A log is read on terminals, where such characters move the
 * cursor, reorder a line, or make two names appear the same.
 *
 * <p>Unassigned characters are accepted, because the set of them changes with the JDK.
 */
final class VisibleText {
  /**
   * Up to U+FFFF: controls, formats, line and paragraph separators, unpaired surrogates, private
   * use, marks and fillers without width, variation selectors, the replacement character. They are
   * listed explicitly, because categories change with the JDK. The OpenAPI documents have the same
   * text in the pattern of an operator's name and reason.
   */
  static final String REFUSED =
      "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f"
          + "\\u0890-\\u0891\\u08e2\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
          + "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ue000-\\uf8ff\\ufe00-\\ufe0f"
          + "\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffd-\\uffff";

  /** The same beyond U+FFFF, which not every reader of an OpenAPI pattern supports. */
  private static final String REFUSED_BEYOND =
      "\\x{110BD}\\x{110CD}\\x{13430}-\\x{1343F}\\x{1BCA0}-\\x{1BCA3}\\x{1D173}-\\x{1D17A}"
          + "\\x{E0001}\\x{E0020}-\\x{E007F}\\x{E0100}-\\x{E01EF}\\x{F0000}-\\x{FFFFD}"
          + "\\x{100000}-\\x{10FFFD}";

  private static final Pattern ANY_REFUSED = Pattern.compile("[" + REFUSED + REFUSED_BEYOND + "]");
  private static final int BLANK_BRAILLE = 0x2800;

  private VisibleText() {}

  /** Describes the first refused character and its position; empty for acceptable text. */
  static Optional<String> fault(String text) {
    Matcher refused = ANY_REFUSED.matcher(text);
    if (!refused.find()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "has the character U+%04X at position %d: control, invisible and private-use characters"
                + " are refused",
            text.codePointAt(refused.start()),
            text.codePointCount(0, refused.start()) + 1));
  }

  /** Whether no character of the text is visible. */
  static boolean isBlank(String text) {
    return text.codePoints()
        .allMatch(
            character ->
                Character.isWhitespace(character)
                    || Character.isSpaceChar(character)
                    || character == BLANK_BRAILLE);
  }
}
