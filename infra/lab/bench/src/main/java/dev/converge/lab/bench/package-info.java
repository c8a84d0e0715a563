/** The benchmark: baselines, steps of load, the cost of an order, and the report. */
@NullMarked
package dev.converge.lab.bench;

import org.jspecify.annotations.NullMarked;
