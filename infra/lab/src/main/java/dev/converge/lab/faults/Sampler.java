package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence.SlotSample;
import dev.converge.lab.checker.Evidence.StockSample;
import dev.converge.lab.checker.EvidenceReader;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Looks at stock and slots once a second, as far as a database that is at fault lets it. */
final class Sampler implements AutoCloseable {
  private final List<StockSample> stock = Collections.synchronizedList(new ArrayList<>());
  private final List<SlotSample> slots = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong missed = new AtomicLong();
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          EvidenceReader.DOMAINS.size() + 1,
          work -> {
            Thread thread = new Thread(work, "sampler");
            thread.setDaemon(true);
            return thread;
          });

  Sampler(EvidenceReader reader) {
    every(() -> stock.addAll(reader.sampleStock()));
    for (String domain : EvidenceReader.DOMAINS) {
      every(() -> slots.add(reader.sampleSlot(domain)));
    }
  }

  @FunctionalInterface
  private interface Look {
    void look() throws SQLException;
  }

  private void every(Look look) {
    var unused =
        threads.scheduleWithFixedDelay(
            () -> {
              try {
                look.look();
              } catch (SQLException away) {
                // The database is what is at fault just now; that a sample lacks is reported.
                missed.incrementAndGet();
              }
            },
            0,
            1,
            TimeUnit.SECONDS);
  }

  List<StockSample> stock() {
    return List.copyOf(stock);
  }

  List<SlotSample> slots() {
    return List.copyOf(slots);
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
