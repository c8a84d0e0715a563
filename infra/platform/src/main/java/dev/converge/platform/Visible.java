package dev.converge.platform;

import java.util.Locale;

/**
 * Escapes characters that a terminal would interpret or hide, as {@code \}{@code u001b}: the form
 * that JSON and Java use, so that JSON stays valid and keeps its meaning.
 */
final class Visible {
  private Visible() {}

  /** Text of several lines: line feeds and tabs stay. */
  static String text(String raw) {
    return escaped(raw, "\n\t");
  }

  /** Text within a line: input from outside cannot begin a line of its own. */
  static String line(String raw) {
    return escaped(raw, "");
  }

  private static String escaped(String raw, String kept) {
    if (raw.codePoints().noneMatch(c -> isHidden(c) && kept.indexOf(c) < 0)) {
      return raw;
    }
    StringBuilder visible = new StringBuilder(raw.length() + 16);
    raw.codePoints()
        .forEach(
            character -> {
              if (isHidden(character) && kept.indexOf(character) < 0) {
                for (char unit : Character.toChars(character)) {
                  visible.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
                }
              } else {
                visible.appendCodePoint(character);
              }
            });
    return visible.toString();
  }

  static boolean isHidden(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> hasNoWidth(character);
    };
  }

  // Not control or format characters by their category, and yet nothing of them is seen.
  private static boolean hasNoWidth(int character) {
    return character == 0x034F
        || character == 0x115F
        || character == 0x1160
        || character == 0x17B4
        || character == 0x17B5
        || (character >= 0x180B && character <= 0x180F)
        || character == 0x2065
        || character == 0x3164
        || (character >= 0xFE00 && character <= 0xFE0F)
        || character == 0xFFA0
        || (character >= 0xFFF0 && character <= 0xFFF8)
        || (character >= 0xE0000 && character <= 0xE0FFF);
  }
}
