/**
 * Searches the schedules of atomic commitment protocols for one that violates atomicity. The rules
 * are the tables of the library {@code commitment}, unchanged; network, crashes and register are
 * models.
 *
 * <p>{@link dev.converge.lab.schedules.Commitment} lists what can happen next. {@link
 * dev.converge.lab.schedules.Search} follows every schedule of one transaction, {@link
 * dev.converge.lab.schedules.RandomRun} one schedule of several.
 */
@NullMarked
@CheckReturnValue
package dev.converge.lab.schedules;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
