/**
 * A simulator of the core: the services' own decisions and the library's rules of delivery, between
 * modelled databases, topics and processes, under a seeded schedule, in virtual time.
 * docs/simulation.md describes the model.
 */
@NullMarked
package dev.converge.lab.simulation;

import org.jspecify.annotations.NullMarked;
