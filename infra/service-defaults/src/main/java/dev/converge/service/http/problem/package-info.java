/** Answers to requests that cannot be served (RFC 9457). */
@NullMarked
@CheckReturnValue
package dev.converge.service.http.problem;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
