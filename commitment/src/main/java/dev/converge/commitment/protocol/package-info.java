/**
 * Atomic commitment protocols as tables: each rule is one line, and the diagrams are drawn from the
 * tables. Pure: no clock, no I/O.
 *
 * <p>Read {@link dev.converge.commitment.protocol.TwoPhaseCommit} first, then {@link
 * dev.converge.commitment.protocol.ThreePhaseCommit}. A protocol has two tables. The coordinator
 * collects votes and announces the decision. A participant owns one branch of the transaction; its
 * state is a row in its database and changes together with the action of the rule, or not at all.
 */
@NullMarked
@CheckReturnValue
package dev.converge.commitment.protocol;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
