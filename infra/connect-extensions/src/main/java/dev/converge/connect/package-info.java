/** Classes that the Connect worker loads in addition to Debezium's. */
@NullMarked
@CheckReturnValue
package dev.converge.connect;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
