/**
 * The parts of a service that takes part in transactions by protocols other than the saga. Used,
 * and their classes loaded, only if the protocols are on.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service.transactions;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
