/**
 * The console: a page that shows the platform live, and from which one places orders, breaks parts
 * and handles what needs a person. It reads the APIs that the parts have, and is no part of the
 * path of an order.
 */
@NullMarked
package dev.converge.console;

import org.jspecify.annotations.NullMarked;
