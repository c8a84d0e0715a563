/** Tests of the whole platform: real databases, broker, connectors and services, really killed. */
@NullMarked
package dev.converge.system;

import org.jspecify.annotations.NullMarked;
