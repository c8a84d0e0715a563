package dev.converge.service.http.json;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the faults of a body. With a fault of its structure (a field is unknown, missing,
 * duplicate or of another type) the answer is 400, otherwise 422. A field has at most one fault,
 * and the content of an unreadable field has none.
 */
public final class BodyFaults {
  /**
   * Characters of all pointers together, so that an answer is not much longer than the largest
   * body.
   */
  static final int MOST_POINTER_CHARS = JsonBody.MAX_BYTES;

  private final Map<String, Fault> byPointer = new LinkedHashMap<>();
  private final Set<String> ofStructure = new HashSet<>();
  private int pointerChars;

  /**
   * The value of a required field. A missing field is a fault, and reading continues with another
   * value.
   */
  public <T> T required(String pointer, @Nullable T value, T otherwise) {
    if (value != null) {
      return value;
    }
    structure(pointer, "is required");
    return otherwise;
  }

  /** Adds a fault where a rule does not hold and the field has no fault yet. */
  public void rule(String pointer, boolean holds, String rule) {
    if (!holds) {
      add(pointer, rule);
    }
  }

  /**
   * Ends the reading of a body.
   *
   * @throws Problem with all faults, if there are any
   */
  public void raise() {
    if (!byPointer.isEmpty()) {
      throw Problem.of(
          ofStructure.isEmpty() ? ProblemType.UNPROCESSABLE : ProblemType.INVALID_BODY,
          List.copyOf(byPointer.values()));
    }
  }

  void structure(String pointer, String fault) {
    // A number out of range is not missing, although it has no value here.
    if (!byPointer.containsKey(pointer)) {
      add(pointer, fault);
      ofStructure.add(pointer);
    }
  }

  private void add(String pointer, String fault) {
    boolean fits =
        byPointer.size() < Problem.MOST_FAULTS
            && pointerChars + pointer.length() <= MOST_POINTER_CHARS;
    // The first fault is always kept: without one the body would count as valid.
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
