package dev.converge.service.http.syntax;

import dev.converge.service.http.syntax.MediaType.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Decides whether an Accept header (RFC 9110, 12.5.1) allows JSON. A range that is not well-formed
 * allows nothing.
 */
public final class AcceptHeader {
  private static final List<String> MOST_SPECIFIC_FIRST =
      List.of(MediaType.JSON, "application/*", "*/*");
  private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");
  private static final Pattern NEVER = Pattern.compile("0(\\.0*)?");

  private AcceptHeader() {}

  /** Whether a request with these values accepts an answer in JSON. */
  public static boolean admitsJson(List<String> values) {
    if (values.size() == 1
        && (values.get(0).equals(MediaType.JSON) || values.get(0).equals("*/*"))) {
      return true;
    }
    String ranges = String.join(",", values);
    if (ranges.isBlank()) {
      return true;
    }
    Map<String, Boolean> admitted = admitted(new FieldValueReader(ranges));
    return MOST_SPECIFIC_FIRST.stream()
        .filter(admitted::containsKey)
        .findFirst()
        .map(range -> admitted.getOrDefault(range, false))
        .orElse(false);
  }

  private static Map<String, Boolean> admitted(FieldValueReader reader) {
    Map<String, Boolean> admitted = new HashMap<>();
    while (!reader.isAtEnd()) {
      reader.skipWhitespace();
      MediaType range = MediaType.read(reader);
      boolean isWhole = reader.isAtEnd() || reader.skip(',');
      if (!isWhole) {
        reader.skipTo(',');
      } else if (range != null && hasWeight(range)) {
        boolean never = range.parameters().stream().anyMatch(AcceptHeader::isNever);
        // A range with a parameter excludes another type than ours, which has none.
        if (!never || range.parameters().size() == 1) {
          admitted.merge(range.name(), !never, Boolean::logicalOr);
        }
      }
    }
    return admitted;
  }

  private static boolean hasWeight(MediaType range) {
    return range.parameters().stream()
        .allMatch(each -> !each.name().equals("q") || WEIGHT.matcher(each.value()).matches());
  }

  private static boolean isNever(Parameter parameter) {
    return parameter.name().equals("q") && NEVER.matcher(parameter.value()).matches();
  }
}
