package dev.converge.commitment.http;

import dev.converge.commitment.GlobalId;

/**
 * An action of an operator on a transaction.
 *
 * @param name of the action, such as {@link #COMMIT_BRANCH}
 */
public record OperatorAction(GlobalId id, String name, String operator, String reason) {
  public static final String COMMIT_BRANCH = "commit-branch";
  public static final String ABORT_BRANCH = "abort-branch";
  public static final String ACKNOWLEDGE_DIVERGENCE = "acknowledge-divergence";
}
