package dev.converge.lab.protocols;

/**
 * Something that a run must show.
 *
 * @param about the protocol it is about
 * @param says what must hold
 * @param found what the run shows
 */
record Goal(String about, String says, String found, boolean met) {}
