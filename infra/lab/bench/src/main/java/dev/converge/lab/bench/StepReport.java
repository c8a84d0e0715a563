package dev.converge.lab.bench;

import dev.converge.lab.bench.Snapshot.ConsumerCounters;
import dev.converge.lab.bench.Snapshot.DatabaseCounters;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.report.Figures;
import dev.converge.platform.Topology;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a step of load showed. Costs are per order that ended within the step: if none did, they are
 * null, and their maps are empty.
 *
 * @param clients of a closed loop; 0 for orders that come when they come
 * @param steady whether the backlog was steady
 * @param waitedInVain asked for their end and were answered before it: {@code completed} has the
 *     time they waited
 * @param refused POST to 429 or 503
 * @param cpuMillis CPU per order, by process, the load generator apart
 * @param generatorCpuMillis what the load generator itself took, per order that was accepted,
 *     whenever it was
 * @param commits transactions committed per order, by database
 * @param walBytes log written per order, by database
 * @param outboxRows per order, over all databases
 * @param ordersPerTransaction accepted together
 * @param messagesPerTransaction by consumer, without those that had none
 * @param backlog orders offered and not ended, over the step; those refused are among them
 * @param outboxLagBytes most log that Debezium had not confirmed, over all databases
 * @param residentMiB memory at the step's end, by process
 */
record StepReport(
    String name,
    int clients,
    double offeredPerSecond,
    double acceptedPerSecond,
    double completedPerSecond,
    long offered,
    long accepted,
    long shed,
    long failed,
    long waitedInVain,
    boolean steady,
    Latencies post,
    Latencies completed,
    Latencies refused,
    Map<String, Double> cpuMillis,
    @Nullable Double generatorCpuMillis,
    Map<String, Double> commits,
    Map<String, Double> walBytes,
    @Nullable Double outboxRows,
    @Nullable Double ordersPerTransaction,
    Map<String, Double> messagesPerTransaction,
    List<BacklogPoint> backlog,
    long outboxLagBytes,
    Map<String, Long> residentMiB) {

  /** Orders under way at a time, in seconds from the step's begin. */
  record BacklogPoint(double second, double orders) {}

  static StepReport of(
      LoadPlan plan,
      LoadResult load,
      Snapshot before,
      Snapshot after,
      boolean steady,
      List<BacklogPoint> backlog,
      long outboxLagBytes,
      Map<String, Long> residentMiB) {
    double ended = after.ended() - before.ended();
    double seconds = (after.nanos() - before.nanos()) / 1e9;
    Map<String, Double> cpu = new LinkedHashMap<>();
    after
        .cpuMillis()
        .forEach(
            (part, millis) ->
                putPer(cpu, part, millis - before.cpuMillis().getOrDefault(part, 0.0), ended));
    Map<String, Double> commits = new LinkedHashMap<>();
    Map<String, Double> wal = new LinkedHashMap<>();
    Map<String, Double> messages = new LinkedHashMap<>();
    double rows = 0;
    for (String domain : Topology.domains()) {
      DatabaseCounters from = of(before.databases(), domain);
      DatabaseCounters to = of(after.databases(), domain);
      putPer(commits, domain + "-db", (double) (to.commits() - from.commits()), ended);
      putPer(wal, domain + "-db", (double) (to.walBytes() - from.walBytes()), ended);
      rows += to.outboxRows() - from.outboxRows();
      ConsumerCounters read = of(before.consumers(), domain + "-service");
      ConsumerCounters readNow = of(after.consumers(), domain + "-service");
      putPer(
          messages,
          domain + "-service",
          readNow.messages() - read.messages(),
          readNow.transactions() - read.transactions());
    }
    return new StepReport(
        plan.name(),
        plan.clients(),
        plan.ordersPerSecond() > 0 ? plan.ordersPerSecond() : load.offeredPerSecond(),
        load.acceptedPerSecond(),
        seconds > 0 ? ended / seconds : 0,
        load.offered(),
        load.accepted(),
        load.shed(),
        load.failed(),
        load.waitedInVain(),
        steady,
        load.post(),
        load.completed(),
        load.refused(),
        cpu,
        Figures.ratio(load.cpuMillis(), (double) load.accepted()),
        commits,
        wal,
        Figures.ratio(rows, ended),
        Figures.ratio(
            after.accepted() - before.accepted(),
            after.acceptTransactions() - before.acceptTransactions()),
        messages,
        backlog,
        outboxLagBytes,
        residentMiB);
  }

  private static void putPer(Map<String, Double> figures, String name, double amount, double of) {
    Double figure = Figures.ratio(amount, of);
    if (figure != null) {
      figures.put(name, figure);
    }
  }

  private static <V> V of(Map<String, V> counters, String name) {
    V value = counters.get(name);
    if (value == null) {
      throw new IllegalStateException("no counters of " + name);
    }
    return value;
  }

  @Nullable Double totalCpuMillis() {
    return Figures.sum(cpuMillis.values());
  }

  @Nullable Double totalCommits() {
    return Figures.sum(commits.values());
  }

  @Nullable Double totalWalBytes() {
    return Figures.sum(walBytes.values());
  }

  /** The mean of all consumers, each counting alike. */
  @Nullable Double meanMessagesPerTransaction() {
    return Figures.ratio(
        Figures.sum(messagesPerTransaction.values()), (double) messagesPerTransaction.size());
  }

  long totalResidentMiB() {
    return residentMiB.values().stream().mapToLong(Long::longValue).sum();
  }
}
