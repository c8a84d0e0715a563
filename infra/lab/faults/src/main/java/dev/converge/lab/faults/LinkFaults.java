package dev.converge.lab.faults;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.platform.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Faults of the links by which services and connectors reach PostgreSQL, Kafka and Connect. */
final class LinkFaults {
  private LinkFaults() {}

  static List<Fault> of(Map<Part, LinkProxy> links) {
    List<Fault> faults = new ArrayList<>();
    links.forEach(
        (part, link) -> {
          for (Mode mode : Mode.values()) {
            if (mode != Mode.PASS) {
              String name = "link-" + mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
              // The backlog of a slow link takes additional time.
              int bound = mode == Mode.SLOW ? 20 : 10;
              FaultSpec spec = new FaultSpec(name, part.id(), "link", 3_000, 8_000, bound);
              faults.add(new OfLink(link, mode, spec));
            }
          }
        });
    return faults;
  }

  private record OfLink(LinkProxy link, Mode mode, FaultSpec spec) implements Fault {
    @Override
    public void inject() {
      link.set(mode);
    }

    @Override
    public void heal() {
      link.set(Mode.PASS);
    }
  }
}
