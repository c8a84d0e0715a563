/**
 * For tests: the architecture's rules, seeds that a failure prints, a database in memory, and a
 * real platform to test against.
 */
@NullMarked
package dev.converge.testkit;

import org.jspecify.annotations.NullMarked;
