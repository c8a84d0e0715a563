/** Links between processes that the lab can degrade. */
@NullMarked
package dev.converge.lab.links;

import org.jspecify.annotations.NullMarked;
