/** Load on the order API, from a process of its own. */
@NullMarked
package dev.converge.lab.load;

import org.jspecify.annotations.NullMarked;
