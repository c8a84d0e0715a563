package dev.converge.commitment.http;

import io.vertx.core.Future;

/** The log of operators' actions. */
public interface OperatorLog {
  /** Records an action before it is taken: there is none without its entry. */
  Future<Void> acting(OperatorAction action);

  /** Records an action that was refused. */
  Future<Void> refused(OperatorAction action, String why);

  /** Records an action that failed: its outcome is not known. */
  Future<Void> failed(OperatorAction action, String why);
}
