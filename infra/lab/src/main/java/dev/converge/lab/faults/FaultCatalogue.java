package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence.Place;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Every fault that can be put in, and the names of those that cannot yet. */
final class FaultCatalogue {
  /** What the matrix of faults has and the lab has not: a verdict says nothing of these. */
  static final List<String> NOT_BUILT =
      List.of(
          "replication slot dropped, advanced or lost",
          "topic deleted, log directory wiped, retention passed",
          "messages reordered, or of 2 MB",
          "connector task FAILED (it retries without end, so nothing makes it fail)",
          "power cut",
          "one-way and partial partitions, packet loss, bandwidth, wrong DNS",
          "clock steps and drift",
          "disk full, slow or failing; files corrupted",
          "processor and memory starved",
          "pool exhausted on purpose",
          "failover to a standby, several brokers, rolling upgrade",
          "slow or abandoning clients");

  private FaultCatalogue() {}

  static List<Fault> of(Platform platform, Map<Part, LinkProxy> links, Consumer<Place> injected) {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(ProcessFaults.of(platform));
    faults.addAll(CrashFaults.of(platform));
    faults.addAll(DatabaseFaults.of(platform));
    faults.addAll(HttpFaults.of(platform));
    faults.addAll(LinkFaults.of(links));
    faults.addAll(MessageFaults.of(platform, injected));
    faults.addAll(OffsetFaults.of(platform));
    return faults;
  }
}
