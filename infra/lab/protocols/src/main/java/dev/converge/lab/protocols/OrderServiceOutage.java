package dev.converge.lab.protocols;

import org.jspecify.annotations.Nullable;

/**
 * The branches of a protocol while no instance of the order service runs. Unlike the fault
 * coordinator-killed, which leaves a second instance: only an order service ends branches in
 * order-db.
 *
 * @param heldSeconds from the kill to the start of an instance
 * @param atOrderSeconds the greatest age of a branch in order-db
 * @param elsewhereSeconds the greatest age of a branch in the other databases
 * @param hotRowBlockedSeconds from the kill until a writer got the row of the hot item; null for
 *     never
 * @param clearSeconds from the start until no branch was in doubt; null for never
 * @param divergentOrders of those in flight
 * @param notInjected why no order was between two of its steps; null if one was
 */
record OrderServiceOutage(
    double heldSeconds,
    double atOrderSeconds,
    double elsewhereSeconds,
    @Nullable Double hotRowBlockedSeconds,
    @Nullable Double clearSeconds,
    int divergentOrders,
    @Nullable String notInjected) {}
