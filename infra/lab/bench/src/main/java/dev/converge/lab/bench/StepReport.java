package dev.converge.lab.bench;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.bench.Snapshot.ConsumerCounters;
import dev.converge.lab.bench.Snapshot.DatabaseCounters;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderCounts;
import dev.converge.lab.load.Timings;
import dev.converge.lab.report.Figures;
import dev.converge.platform.Topology;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The measurements of a step of load. Its JSON is flat: the groups are Java's alone.
 *
 * @param clients of a closed loop; 0 for an open loop
 */
record StepReport(
    String name,
    int clients,
    @JsonUnwrapped Rates rates,
    @JsonUnwrapped OrderCounts orders,
    @JsonUnwrapped Timings times,
    @JsonUnwrapped Costs costs,
    @JsonUnwrapped Course course) {

  /** Orders a second. */
  record Rates(double offeredPerSecond, double acceptedPerSecond, double completedPerSecond) {}

  /**
   * Costs per order that ended within the step: if none did, they are null, and their maps are
   * empty.
   *
   * @param cpuMillis CPU per order, by process, without the load generator
   * @param generatorCpuMillis the load generator's CPU, per order that was accepted at any time
   * @param commits transactions committed per order, by database
   * @param walBytes log written per order, by database
   * @param outboxRows per order, over all databases
   * @param ordersPerTransaction accepted together
   * @param messagesPerTransaction by consumer, without those that had none
   */
  record Costs(
      Map<String, Double> cpuMillis,
      @Nullable Double generatorCpuMillis,
      Map<String, Double> commits,
      Map<String, Double> walBytes,
      @Nullable Double outboxRows,
      @Nullable Double ordersPerTransaction,
      Map<String, Double> messagesPerTransaction) {

    @Nullable Double totalCpuMillis() {
      return Figures.sum(cpuMillis.values());
    }

    @Nullable Double totalCommits() {
      return Figures.sum(commits.values());
    }

    @Nullable Double totalWalBytes() {
      return Figures.sum(walBytes.values());
    }

    /** The mean of all consumers, each with the same weight. */
    @Nullable Double meanMessagesPerTransaction() {
      return Figures.ratio(
          Figures.sum(messagesPerTransaction.values()), (double) messagesPerTransaction.size());
    }
  }

  /**
   * How the platform coped with the load.
   *
   * @param steady whether the backlog was steady
   * @param backlog orders offered and not ended, over the step; those refused are among them
   * @param outboxLagBytes the most log that Debezium had not confirmed, over all databases
   * @param residentMiB memory at the step's end, by process
   */
  record Course(
      boolean steady,
      List<BacklogPoint> backlog,
      long outboxLagBytes,
      Map<String, Long> residentMiB) {
    long totalResidentMiB() {
      return residentMiB.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Orders under way at a time, in seconds from the step's start. */
  record BacklogPoint(double second, double orders) {}

  static StepReport of(
      LoadPlan plan, LoadResult load, Snapshot before, Snapshot after, Course course) {
    double ended = after.ended() - before.ended();
    double seconds = (after.nanos() - before.nanos()) / 1e9;
    return new StepReport(
        plan.name(),
        plan.clients(),
        new Rates(
            plan.ordersPerSecond() > 0 ? plan.ordersPerSecond() : load.offeredPerSecond(),
            load.acceptedPerSecond(),
            seconds > 0 ? ended / seconds : 0),
        load.answers().orders(),
        load.times(),
        costs(load, before, after),
        course);
  }

  private static Costs costs(LoadResult load, Snapshot before, Snapshot after) {
    double ended = after.ended() - before.ended();
    Map<String, Double> commits = new LinkedHashMap<>();
    Map<String, Double> wal = new LinkedHashMap<>();
    Map<String, Double> messages = new LinkedHashMap<>();
    double rows = 0;
    for (String domain : Topology.domains()) {
      DatabaseCounters from = before.database(domain);
      DatabaseCounters to = after.database(domain);
      putPer(commits, domain + "-db", (double) (to.commits() - from.commits()), ended);
      putPer(wal, domain + "-db", (double) (to.walBytes() - from.walBytes()), ended);
      rows += to.outboxRows() - from.outboxRows();
      ConsumerCounters read = before.consumer(domain);
      ConsumerCounters readNow = after.consumer(domain);
      putPer(
          messages,
          domain + "-service",
          readNow.messages() - read.messages(),
          readNow.transactions() - read.transactions());
    }
    return new Costs(
        cpuMillis(before, after, ended),
        Figures.ratio(load.cpuMillis(), (double) load.answers().orders().accepted()),
        commits,
        wal,
        Figures.ratio(rows, ended),
        Figures.ratio(
            after.accepted() - before.accepted(),
            after.acceptTransactions() - before.acceptTransactions()),
        messages);
  }

  private static Map<String, Double> cpuMillis(Snapshot before, Snapshot after, double ended) {
    Map<String, Double> cpu = new LinkedHashMap<>();
    after
        .cpuMillis()
        .forEach(
            (part, millis) ->
                putPer(cpu, part, millis - before.cpuMillis().getOrDefault(part, 0.0), ended));
    return cpu;
  }

  private static void putPer(Map<String, Double> figures, String name, double amount, double of) {
    Double figure = Figures.ratio(amount, of);
    if (figure != null) {
      figures.put(name, figure);
    }
  }
}
