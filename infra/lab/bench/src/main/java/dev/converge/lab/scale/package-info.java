/** {@code converge lab scale}: what more instances and more replication slots bring, and cost. */
@NullMarked
package dev.converge.lab.scale;

import org.jspecify.annotations.NullMarked;
