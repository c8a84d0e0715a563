package dev.converge.console.view;

import java.util.regex.Pattern;

/** Makes texts with the same cause equal: ids and numbers in them differ for each case. */
final class Causes {
  private static final Pattern UUID =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
  private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])\\d+(?:[.,]\\d+)*(?![\\w])");

  private Causes() {}

  static String of(String text) {
    return NUMBER.matcher(UUID.matcher(text).replaceAll("…")).replaceAll("N");
  }
}
