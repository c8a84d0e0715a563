package dev.converge.lab.simulation;

/** A row of a table, which can be locked. */
record Row(String table, Object key) {}
