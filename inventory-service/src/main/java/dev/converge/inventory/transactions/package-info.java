/** The branch of this service in transactions by protocols other than the saga. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.transactions;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
