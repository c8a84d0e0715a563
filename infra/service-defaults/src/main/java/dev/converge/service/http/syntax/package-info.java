/** The grammar of HTTP's targets and header values. Pure functions over text. */
@NullMarked
@CheckReturnValue
package dev.converge.service.http.syntax;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
