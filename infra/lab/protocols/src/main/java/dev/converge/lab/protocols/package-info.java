/**
 * Orders by each commit protocol under the same faults, and what availability and consistency cost.
 */
@NullMarked
package dev.converge.lab.protocols;

import org.jspecify.annotations.NullMarked;
