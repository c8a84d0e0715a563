/** Faults put into a platform under load, on a schedule that a seed repeats, and the verdict. */
@NullMarked
package dev.converge.lab.faults;

import org.jspecify.annotations.NullMarked;
