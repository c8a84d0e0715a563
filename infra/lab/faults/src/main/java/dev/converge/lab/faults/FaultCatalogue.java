package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All faults that can be injected, and those that cannot. */
final class FaultCatalogue {
  /**
   * The faults of the matrix that the lab does not have, and why. A verdict makes no statement
   * about them.
   */
  static final List<String> NOT_BUILT =
      List.of(
          "broker's log directory wiped, retention passed (their like: topic-deleted, records-deleted)",
          "message of 2 MB (the broker takes 1 MB at most: poison has one of 1,000,000 bytes)",
          "power cut of Kafka (it does not flush what it acknowledges, and there is one broker)",
          "packet loss, wrong DNS (the links are TCP proxies, by address)",
          "partial partitions (a database, Kafka or Connect has one link for all its clients)",
          "clocks that drift, steps of the clocks of a database, Kafka or Connect (no part of the"
              + " platform can set a clock for one process alone; the order service asks the lab)",
          "links whose delay varies, that close slowly or break in the middle of a message (their"
              + " like: link-delay, link-half-open, link-cut)",
          "a link between services (inventory and payment ask the order service, for their audits"
              + " alone)",
          "disks that are slow or fail; files corrupted",
          "processor and memory starved",
          "pauses of more than 25 s, of one backend of a database alone; a kill or a power cut of all"
              + " parts at the same time (faults come one at a time)",
          "failover to a standby, several brokers (only with --standbys, --brokers), rolling upgrade",
          "power-cut, disk-full of a database that has standbys, of one of several brokers",
          "offsets-reset, offsets-passed, deliveries-reordered of a service that has several instances,"
              + " as order-service always has (all of them would have to stop)",
          "a provider that answers twice, or hangs for a minute",
          "clients that read answers slowly");

  /** The faults that stop a service for as long as they change what it reads. */
  private static final Set<String> STOPPING =
      Set.of("offsets-reset", "offsets-passed", "deliveries-reordered", "headers-foreign");

  private FaultCatalogue() {}

  static List<Fault> of(LabPlatform lab, InterventionLog done) {
    Platform platform = lab.platform();
    List<Fault> faults = new ArrayList<>();
    faults.addAll(ProcessFaults.of(platform));
    faults.addAll(CrashFaults.of(platform));
    faults.addAll(DatabaseFaults.of(platform));
    faults.addAll(EnvironmentFaults.of(platform));
    faults.addAll(OutboxRowFaults.of(platform));
    faults.addAll(PublicationFaults.of(platform, done));
    faults.addAll(DebeziumRoleFaults.of(platform));
    faults.addAll(ConnectorFaults.of(platform, done));
    faults.addAll(HttpFaults.of(platform, done));
    faults.addAll(LinkFaults.of(lab.links()));
    faults.addAll(MessageFaults.of(platform, done));
    faults.addAll(OffsetFaults.of(platform));
    faults.addAll(DeliveryFaults.of(platform, done));
    faults.addAll(SlotFaults.of(platform, done));
    faults.addAll(LossFaults.of(platform, done));
    faults.addAll(TaskFaults.of(platform));
    faults.addAll(DiskFaults.of(platform, lab.disks()));
    faults.addAll(ClockFaults.of(platform, lab.clock()));
    faults.addAll(ClientFaults.of(platform));
    faults.addAll(FailoverFaults.of(platform));
    return faults.stream().filter(fault -> isPossible(fault, lab.scale())).toList();
  }

  private static boolean isPossible(Fault fault, Scale scale) {
    Part disk = fault.disk();
    boolean isOfOneNode = disk == null || scale.of(disk.role()) == 1;
    return isOfOneNode && !(STOPPING.contains(fault.spec().name()) && hasSeveral(fault, scale));
  }

  // The component is a service, or the topic of its commands.
  private static boolean hasSeveral(Fault fault, Scale scale) {
    String component = fault.spec().component();
    return Topology.SERVICES.stream()
        .filter(
            service ->
                component.equals(service.id()) || component.equals(service.domain() + ".commands"))
        .anyMatch(service -> scale.of(service.part().role()) > 1);
  }
}
