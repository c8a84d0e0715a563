package dev.converge.lab.scale;

/** A measurement could not be made. */
final class ScaleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ScaleException(String message, Throwable cause) {
    super(message, cause);
  }

  ScaleException(String message) {
    super(message);
  }
}
