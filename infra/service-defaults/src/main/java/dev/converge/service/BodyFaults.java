package dev.converge.service;

import dev.converge.service.Problem.Fault;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects all that is wrong with a body. Where one fault at least is of its structure (a field is
 * unknown, missing, there twice or of another type) the answer is 400, else 422. A field has one
 * fault at most, and what lies within one that could not be read has none.
 */
public final class BodyFaults {
  /** More faults than an order of 100 lines can have; the rest of a longer list is left out. */
  static final int MOST = 500;

  /** Characters of all pointers together: an answer is not much longer than the largest body. */
  static final int MOST_POINTER_CHARS = HttpLimits.BODY_BYTES;

  private final Map<String, Fault> byPointer = new LinkedHashMap<>();
  private final Set<String> ofStructure = new HashSet<>();
  private int pointerChars;

  /** A field that must be there; where it is not, another value to go on with. */
  public <T> T required(String pointer, @Nullable T value, T otherwise) {
    if (value != null) {
      return value;
    }
    structure(pointer, "is required");
    return otherwise;
  }

  /** Notes the rule as broken unless it holds, or the field is at fault already. */
  public void rule(String pointer, boolean holds, String rule) {
    if (!holds) {
      add(pointer, rule);
    }
  }

  /**
   * Ends the reading of a body.
   *
   * @throws Problem naming every fault, where there is one
   */
  public void raise() {
    if (!byPointer.isEmpty()) {
      throw Problem.of(
          ofStructure.isEmpty() ? ProblemType.UNPROCESSABLE : ProblemType.INVALID_BODY,
          List.copyOf(byPointer.values()));
    }
  }

  void structure(String pointer, String fault) {
    // A number out of range is there, though it is not read.
    if (!byPointer.containsKey(pointer)) {
      add(pointer, fault);
      ofStructure.add(pointer);
    }
  }

  private void add(String pointer, String fault) {
    boolean fits = byPointer.size() < MOST && pointerChars + pointer.length() <= MOST_POINTER_CHARS;
    // The first is always there: without one the body would count as good.
    boolean isFirst = byPointer.isEmpty();
    if ((isFirst || fits)
        && !isWithinUnread(pointer)
        && byPointer.putIfAbsent(pointer, new Fault(pointer, fault)) == null) {
      pointerChars += pointer.length();
    }
  }

  private boolean isWithinUnread(String pointer) {
    for (int end = pointer.lastIndexOf('/'); end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
      if (ofStructure.contains(pointer.substring(0, end))) {
        return true;
      }
    }
    return false;
  }
}
