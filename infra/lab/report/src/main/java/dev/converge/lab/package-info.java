/** The lab: measures the platform, and tests it under faults. */
@NullMarked
package dev.converge.lab;

import org.jspecify.annotations.NullMarked;
