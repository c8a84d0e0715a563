package dev.converge.outbox;

import static dev.converge.outbox.delivery.Fault.ENVIRONMENT;
import static dev.converge.outbox.delivery.Fault.MESSAGE;
import static dev.converge.outbox.delivery.Fault.UNCERTAIN;

import dev.converge.faults.RowCountException;
import dev.converge.faults.TransientFaults;
import dev.converge.outbox.delivery.Fault;

/** Classifies a failure, as far as the exception alone allows. */
final class FaultClassifier {
  private FaultClassifier() {}

  static Fault of(Throwable cause) {
    if (cause instanceof UnprocessableMessageException) {
      return MESSAGE;
    }
    return isEnvironment(cause) ? ENVIRONMENT : UNCERTAIN;
  }

  // A trigger that drops rows drops those of good messages, too.
  private static boolean isEnvironment(Throwable cause) {
    return TransientFaults.isTransient(cause) || cause instanceof RowCountException;
  }
}
