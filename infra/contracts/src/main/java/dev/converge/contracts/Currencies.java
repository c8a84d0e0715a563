package dev.converge.contracts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The active currencies of ISO 4217. The resource {@code currencies.txt} lists them with its source
 * and date. The JDK's list has withdrawn codes and differs by version.
 */
public final class Currencies {
  private static final String RESOURCE = "/currencies.txt";
  private static final SortedSet<String> ACTIVE = Collections.unmodifiableSortedSet(read());

  private Currencies() {}

  /** Three-letter codes in alphabetical order. */
  public static SortedSet<String> active() {
    return ACTIVE;
  }

  /** Whether a text is one of the codes, in upper case. */
  public static boolean isActive(String code) {
    return ACTIVE.contains(code);
  }

  private static SortedSet<String> read() {
    try (InputStream resource = Currencies.class.getResourceAsStream(RESOURCE)) {
      byte[] bytes = Objects.requireNonNull(resource, RESOURCE).readAllBytes();
      return new String(bytes, StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .filter(Predicate.not(String::isBlank))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
