/** Load on the order API, made by a process of its own. */
@NullMarked
package dev.converge.lab.load;

import org.jspecify.annotations.NullMarked;
