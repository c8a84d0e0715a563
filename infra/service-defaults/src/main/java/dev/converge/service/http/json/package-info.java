/** Request bodies in JSON: syntax, typed fields, and all faults in one answer. */
@NullMarked
@CheckReturnValue
package dev.converge.service.http.json;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
