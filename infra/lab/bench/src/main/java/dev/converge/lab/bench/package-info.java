/** The benchmark: baselines, load in steps, what an order costs, and the report. */
@NullMarked
package dev.converge.lab.bench;

import org.jspecify.annotations.NullMarked;
