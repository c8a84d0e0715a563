/** Transactions by protocols other than the saga. */
@NullMarked
@CheckReturnValue
package dev.converge.order.transactions;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
