/**
 * Atomic commitment between services that each own a PostgreSQL database.
 *
 * <p>A service plugs in {@link dev.converge.commitment.BranchWork}: what it does in a branch of a
 * transaction. {@link dev.converge.commitment.Participant} prepares, commits and rolls back the
 * branch by the rules of a {@link dev.converge.commitment.protocol.Protocol}.
 */
@NullMarked
@CheckReturnValue
package dev.converge.commitment;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
