package dev.converge.platform;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of seconds: {@code 20} or {@code 20s}. */
final class Seconds implements ITypeConverter<Integer> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,4})s?");

  @Override
  public Integer convert(String text) {
    Matcher seconds = FORM.matcher(text);
    if (!seconds.matches()) {
      throw new TypeConversionException("'" + Visible.line(text) + "' is no number of seconds");
    }
    return Integer.valueOf(seconds.group(1));
  }
}
