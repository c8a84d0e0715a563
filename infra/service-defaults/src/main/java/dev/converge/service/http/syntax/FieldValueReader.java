package dev.converge.service.http.syntax;

import org.jspecify.annotations.Nullable;

/**
 * Reads the value of a header from left to right, by the grammar of RFC 9110, 5.6: tokens, quoted
 * strings, and the whitespace between them.
 */
public final class FieldValueReader {
  // The characters of a token beside letters and digits.
  private static final String MARKS = "!#$%&'*+-.^_`|~";

  private final String value;
  private int at;

  public FieldValueReader(String value) {
    this.value = value;
  }

  /** Whether a text is a token of one character or more. */
  public static boolean isToken(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isTokenCharacter(text.charAt(i))) {
        return false;
      }
    }
    return text.length() > 0;
  }

  /** Whether a character can be part of a token. */
  public static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }

  public boolean isAtEnd() {
    return at == value.length();
  }

  /** Skips spaces and tabs. */
  public void skipWhitespace() {
    while (at < value.length() && (value.charAt(at) == ' ' || value.charAt(at) == '\t')) {
      at++;
    }
  }

  /** Skips the next character if it is the expected one. */
  public boolean skip(char expected) {
    if (at < value.length() && value.charAt(at) == expected) {
      at++;
      return true;
    }
    return false;
  }

  /** Skips to the next occurrence of a character, or to the end. */
  void skipTo(char next) {
    int found = value.indexOf(next, at);
    at = found < 0 ? value.length() : found;
  }

  /** The next token, or null where there is none. */
  public @Nullable String token() {
    int start = at;
    while (at < value.length() && isTokenCharacter(value.charAt(at))) {
      at++;
    }
    return at == start ? null : value.substring(start, at);
  }

  /** The next token or content of a quoted string, or null where there is neither. */
  public @Nullable String word() {
    return at < value.length() && value.charAt(at) == '"' ? quotedString() : token();
  }

  private @Nullable String quotedString() {
    StringBuilder content = new StringBuilder();
    for (int i = at + 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"') {
        at = i + 1;
        return content.toString();
      }
      if (c == '\\') {
        i++;
        if (i == value.length()) {
          return null;
        }
        c = value.charAt(i);
      }
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return null;
      }
      content.append(c);
    }
    return null;
  }
}
