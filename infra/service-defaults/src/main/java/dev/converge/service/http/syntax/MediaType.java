package dev.converge.service.http.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A media type or a range of them (RFC 9110, 8.3.1 and 12.5.1).
 *
 * @param name such as {@code application/json} or {@code text/*}, in lower case
 */
public record MediaType(String name, List<Parameter> parameters) {
  static final String JSON = "application/json";

  /**
   * A parameter of it.
   *
   * @param name in lower case
   */
  public record Parameter(String name, String value) {
    boolean isOtherCharset() {
      return name.equals("charset") && !value.equalsIgnoreCase("utf-8");
    }
  }

  /** Whether a Content-Type is JSON in UTF-8. Other parameters are ignored. */
  public static boolean isJson(String contentType) {
    if (contentType.equals(JSON)) {
      return true;
    }
    FieldValueReader reader = new FieldValueReader(contentType);
    MediaType type = read(reader);
    return type != null
        && reader.isAtEnd()
        && type.name.equals(JSON)
        && type.parameters.stream().noneMatch(Parameter::isOtherCharset);
  }

  /** Reads the next media type and the whitespace after it; null where there is none. */
  static @Nullable MediaType read(FieldValueReader reader) {
    String type = reader.token();
    String subtype = type != null && reader.skip('/') ? reader.token() : null;
    if (subtype == null) {
      return null;
    }
    List<Parameter> parameters = new ArrayList<>();
    reader.skipWhitespace();
    while (reader.skip(';')) {
      reader.skipWhitespace();
      String name = reader.token();
      // A semicolon without a parameter is valid.
      if (name != null) {
        String value = reader.skip('=') ? reader.word() : null;
        if (value == null) {
          return null;
        }
        parameters.add(new Parameter(name.toLowerCase(Locale.ROOT), value));
        reader.skipWhitespace();
      }
    }
    return new MediaType((type + "/" + subtype).toLowerCase(Locale.ROOT), parameters);
  }
}
