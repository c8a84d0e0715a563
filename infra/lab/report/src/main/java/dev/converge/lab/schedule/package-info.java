/** The schedule of faults that the labs of the commit protocols share. */
@NullMarked
package dev.converge.lab.schedule;

import org.jspecify.annotations.NullMarked;
