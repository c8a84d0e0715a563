/** What the Connect worker gets beside Debezium's own jars. */
@NullMarked
@CheckReturnValue
package dev.converge.connect;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
