package dev.converge.lab.report;

/** Writes text into XML: the one place where the lab's pages and plots escape it. */
public final class Markup {
  private Markup() {}

  /** Text for an element or an attribute; characters that XML cannot contain become U+FFFD. */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            character -> {
              switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isXml(character) ? character : 0xFFFD);
              }
            });
    return escaped.toString();
  }

  private static boolean isXml(int character) {
    return character == '\t'
        || character == '\n'
        || character == '\r'
        || (character >= ' '
            && !(character >= 0xD800 && character <= 0xDFFF)
            && character != 0xFFFE
            && character != 0xFFFF);
  }
}
