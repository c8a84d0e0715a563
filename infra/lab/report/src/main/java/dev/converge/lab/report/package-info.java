/** Plots and figures of the lab's reports. */
@NullMarked
package dev.converge.lab.report;

import org.jspecify.annotations.NullMarked;
