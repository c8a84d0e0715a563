package dev.converge.order.http;

import dev.converge.service.http.syntax.FieldValueReader;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The {@code wait} preference of RFC 7240. A preference that is not understood is no error, and a
 * header that is not well-formed prefers nothing. Of a preference that is there more than once, the
 * first counts.
 */
final class PreferHeader {
  /** The longest wait; below the time after which an idle connection is closed. */
  static final Duration MAX_WAIT = Duration.ofSeconds(20);

  private static final String WAIT = "wait";
  private static final Pattern SECONDS = Pattern.compile("[0-9]+");
  // A number with more digits always exceeds the longest wait.
  private static final int MOST_DIGITS = 9;

  private PreferHeader() {}

  static Optional<Duration> wait(RoutingContext request) {
    return wait(request.request().headers().getAll("Prefer"));
  }

  static Optional<Duration> wait(List<String> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    FieldValueReader reader = new FieldValueReader(String.join(",", values));
    Optional<String> first = Optional.empty();
    while (!reader.isAtEnd()) {
      reader.skipWhitespace();
      Preference preference = preference(reader);
      if (!preference.isWellFormed() || !(reader.isAtEnd() || reader.skip(','))) {
        return Optional.empty();
      }
      if (first.isEmpty() && preference.name().equalsIgnoreCase(WAIT)) {
        first = Optional.of(preference.value());
      }
    }
    return first.filter(value -> SECONDS.matcher(value).matches()).map(PreferHeader::bounded);
  }

  private static Duration bounded(String digits) {
    String number = digits.replaceFirst("^0+(?=.)", "");
    Duration asked =
        number.length() > MOST_DIGITS ? MAX_WAIT : Duration.ofSeconds(Long.parseLong(number));
    return asked.compareTo(MAX_WAIT) < 0 ? asked : MAX_WAIT;
  }

  /**
   * One preference.
   *
   * @param name empty if the list element is empty
   * @param value empty if it has no value
   */
  private record Preference(String name, String value, boolean isWellFormed) {}

  // preference = token [ BWS "=" BWS word ] *( OWS ";" [ OWS parameter ] )
  private static Preference preference(FieldValueReader reader) {
    String name = reader.token();
    if (name == null) {
      return new Preference("", "", true);
    }
    Optional<String> value = value(reader);
    boolean isWellFormed = value.isPresent();
    while (isWellFormed && reader.skip(';')) {
      reader.skipWhitespace();
      isWellFormed = reader.token() == null || value(reader).isPresent();
      reader.skipWhitespace();
    }
    return new Preference(name, value.orElse(""), isWellFormed);
  }

  /** The value after an equals sign, empty if there is no sign; absent if it has no value. */
  private static Optional<String> value(FieldValueReader reader) {
    reader.skipWhitespace();
    if (!reader.skip('=')) {
      return Optional.of("");
    }
    reader.skipWhitespace();
    String word = reader.word();
    reader.skipWhitespace();
    return Optional.ofNullable(word);
  }
}
