/** The register of decisions in an ensemble of ZooKeeper. */
@NullMarked
@CheckReturnValue
package dev.converge.commitment.zookeeper;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
