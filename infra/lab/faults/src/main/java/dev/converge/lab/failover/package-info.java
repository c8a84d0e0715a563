/** The loss of a database with its disk, and the standby that replaces it: {@code lab failover}. */
@NullMarked
package dev.converge.lab.failover;

import org.jspecify.annotations.NullMarked;
