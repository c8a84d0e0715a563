/** A node of the quorum in which decisions of transactions are stored: a process of its own. */
@NullMarked
package dev.converge.zookeeper;

import org.jspecify.annotations.NullMarked;
