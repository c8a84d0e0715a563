package dev.converge.lab.simulation;

/** What a lock is about: a row of a table. */
record Row(String table, Object key) {}
