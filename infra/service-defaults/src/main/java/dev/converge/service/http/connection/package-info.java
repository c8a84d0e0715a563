/**
 * Connections of a server: their number, and the bytes of requests up to the end of their heads.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service.http.connection;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
