package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.platform.Topology;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Samples stock, money and slots once a second, if their database answers. */
final class Sampler implements AutoCloseable {
  /** A sample that took a time waits for its multiple. */
  private static final long PAUSE_FACTOR = 20;

  private final List<StockSample> stock = Collections.synchronizedList(new ArrayList<>());
  private final List<SlotSample> slots = Collections.synchronizedList(new ArrayList<>());
  private final List<Balance> balances = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong missed = new AtomicLong();
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          Topology.domains().size() + 3,
          work -> {
            Thread thread = new Thread(work, "sampler");
            thread.setDaemon(true);
            return thread;
          });

  Sampler(EvidenceReader reader) {
    every(() -> stock.addAll(reader.sampleStock()));
    withinTimeShare(() -> balances.addAll(reader.sampleStockBalances()));
    withinTimeShare(() -> balances.addAll(reader.sampleMoneyBalance()));
    for (String domain : Topology.domains()) {
      every(() -> slots.add(reader.sampleSlot(domain)));
    }
  }

  @FunctionalInterface
  private interface Sample {
    void take() throws SQLException;
  }

  private void every(Sample sample) {
    var unused =
        threads.scheduleWithFixedDelay(
            () -> {
              try {
                sample.take();
              } catch (SQLException unavailable) {
                // The database may be the faulty part at this moment. Missing samples are reported.
                missed.incrementAndGet();
              }
            },
            0,
            1,
            TimeUnit.SECONDS);
  }

  // A query that reads all rows must not become the load itself: it gets at most a twentieth of the
  // time.
  private void withinTimeShare(Sample sample) {
    AtomicLong notBefore = new AtomicLong(System.nanoTime());
    every(
        () -> {
          long begin = System.nanoTime();
          if (begin - notBefore.get() >= 0) {
            sample.take();
            notBefore.set(begin + PAUSE_FACTOR * (System.nanoTime() - begin));
          }
        });
  }

  List<StockSample> stock() {
    return List.copyOf(stock);
  }

  List<SlotSample> slots() {
    return List.copyOf(slots);
  }

  List<Balance> balances() {
    return List.copyOf(balances);
  }

  /** Samples that could not be taken. */
  long missed() {
    return missed.get();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
