/**
 * {@code ./converge lab reads}: reads at each level, from the primary of order-db and two replicas,
 * under faults.
 */
@NullMarked
package dev.converge.lab.reads;

import org.jspecify.annotations.NullMarked;
