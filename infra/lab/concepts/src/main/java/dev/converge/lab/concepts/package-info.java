/**
 * The cost of each concept of distributed systems: one command, one page and one record of figures
 * for each. A command {@code …Lab} runs its experiment; {@code …Figures} are the measured values
 * and the claims that follow from them; {@code …Page} explains them to a reader who has not seen
 * the platform.
 */
@NullMarked
package dev.converge.lab.concepts;

import org.jspecify.annotations.NullMarked;
