/** Whether a history of a register is linearizable: two checkers that share no code. */
@NullMarked
package dev.converge.lab.linearizability;

import org.jspecify.annotations.NullMarked;
