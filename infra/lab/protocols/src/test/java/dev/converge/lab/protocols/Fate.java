package dev.converge.lab.protocols;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;

/** The fate of a message at which a part is killed. */
enum Fate {
  LOST,
  DELIVERED;

  /** For an action of the link, on its event loop. */
  void apply(LinkProxy link) {
    if (this == LOST) {
      link.setNow(Mode.HALF_OPEN);
    }
  }
}
