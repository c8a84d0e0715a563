/**
 * A second opinion on two-phase commit: the transaction manager Narayana, over XA, with the same
 * kind of branches as ours and the same faults. It shows what an established coordinator does, and
 * what is left prepared in the databases.
 *
 * <p>{@link dev.converge.lab.transactionmanager.Checkout} is the process that is killed; {@link
 * dev.converge.lab.transactionmanager.Scenarios} kills it, or a database, or a connection.
 */
@NullMarked
@CheckReturnValue
package dev.converge.lab.transactionmanager;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
