package dev.converge.service;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The Accept header (RFC 9110, 12.5.1), asked one thing: whether it admits JSON. */
final class AcceptHeader {
  private static final List<String> MOST_SPECIFIC_FIRST =
      List.of("application/json", "application/*", "*/*");
  private static final Pattern NEVER =
      Pattern.compile(".*;\\s*q\\s*=\\s*0(\\.0*)?\\s*(;.*)?", Pattern.CASE_INSENSITIVE);

  private AcceptHeader() {}

  static boolean admitsJson(List<String> values) {
    String ranges = String.join(",", values);
    if (ranges.isBlank()) {
      return true;
    }
    Map<String, Boolean> admitted = new HashMap<>();
    for (String range : ranges.split(",", -1)) {
      String type = range.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
      admitted.merge(type, !NEVER.matcher(range).matches(), Boolean::logicalOr);
    }
    return MOST_SPECIFIC_FIRST.stream()
        .filter(admitted::containsKey)
        .findFirst()
        .map(range -> admitted.getOrDefault(range, false))
        .orElse(false);
  }
}
