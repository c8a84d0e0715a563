/** Pure: what the page is shown, computed from the answers of the parts. */
@NullMarked
package dev.converge.console.view;

import org.jspecify.annotations.NullMarked;
