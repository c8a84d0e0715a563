package dev.converge.lab.reads;

/** The time of a fault, by the clock of the clients, in nanoseconds. */
record Window(Fault fault, long from, long to) {
  boolean contains(long at) {
    return at >= from && at < to;
  }
}
