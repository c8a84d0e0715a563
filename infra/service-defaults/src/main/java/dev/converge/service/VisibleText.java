package dev.converge.service;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text that shows all of itself: no control, format, bidirectional, zero-width, private-use or
 * damaged character. What people write into a log is later read on terminals, where such characters
 * move the cursor, reorder a line, or make two names look the same.
 *
 * <p>Unassigned characters are accepted: which they are changes with the JDK.
 */
final class VisibleText {
  /**
   * A character class of those that are refused; the same text serves as an ECMA-262 pattern in
   * OpenAPI, where astral characters stand for themselves.
   */
  static final String REFUSED =
      "\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}"
          // Marks and fillers that have no width.
          + "\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2065\\u3164\\uFFA0"
          // Variation selectors, the second block of them in plane 14.
          + "\\uFE00-\\uFE0F\uDB40\uDD00-\uDB40\uDDEF"
          // U+FFFD is what a decoder puts where it lost something.
          + "\\uFFF0-\\uFFF8\\uFFFD\\uFFFE\\uFFFF";

  private static final Pattern ANY_REFUSED = Pattern.compile("[" + REFUSED + "]");
  private static final int BLANK_BRAILLE = 0x2800;

  private VisibleText() {}

  /** Says which character is refused, and where; empty where the text is acceptable. */
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

  /** Whether nothing of the text would be seen. */
  static boolean isBlank(String text) {
    return text.codePoints()
        .allMatch(
            character ->
                Character.isWhitespace(character)
                    || Character.isSpaceChar(character)
                    || character == BLANK_BRAILLE);
  }
}
