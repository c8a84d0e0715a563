package dev.converge.lab.protocols;

/** The run cannot continue. */
final class LabProtocolsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LabProtocolsException(String message) {
    super(message);
  }

  LabProtocolsException(String message, Throwable cause) {
    super(message, cause);
  }
}
