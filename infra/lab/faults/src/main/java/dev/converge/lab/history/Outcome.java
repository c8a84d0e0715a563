package dev.converge.lab.history;

/** The outcome of a request, as far as the client knows it. */
public enum Outcome {
  /** Answered with a success. */
  OK,
  /** Refused: it has done nothing, and never will. */
  FAIL,
  /** Not answered, or answered so that it may have been done or not. */
  UNKNOWN;

  /** The outcome of an answer with that status. */
  static Outcome of(int status) {
    if (status >= 200 && status < 300) {
      return OK;
    }
    // Too slow and too many: both may be repeated, and so may have been done.
    boolean refused = status >= 400 && status < 500 && status != 408 && status != 429;
    return refused ? FAIL : UNKNOWN;
  }
}
