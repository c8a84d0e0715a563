/**
 * A service's HTTP server. Routes use {@link dev.converge.service.http.Answers} and {@link
 * dev.converge.service.http.RequestParameters}; the other types are filters and routes of the
 * server.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
