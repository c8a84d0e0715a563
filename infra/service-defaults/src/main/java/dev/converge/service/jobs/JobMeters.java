package dev.converge.service.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The meters of the periodic jobs. Every instance shows the gauges of the instance that runs the
 * jobs. A counter counts what its own instance has done.
 */
public final class JobMeters {
  private final MeterRegistry jobs = new SimpleMeterRegistry();
  private final MeterRegistry shown;
  private final BooleanSupplier runsHere;
  private final Map<String, Gauge> gauges = new ConcurrentHashMap<>();
  private volatile Map<String, Double> reported = Map.of();

  /**
   * @param shown the registry whose meters are published
   * @param runsHere whether this instance runs the jobs
   */
  public JobMeters(MeterRegistry shown, BooleanSupplier runsHere) {
    this.shown = shown;
    this.runsHere = runsHere;
    jobs.config().onMeterAdded(this::show);
  }

  /** The registry of the jobs. */
  public MeterRegistry registry() {
    return jobs;
  }

  /** The gauges as the jobs of this instance set them. */
  public Map<String, Double> values() {
    Map<String, Double> values = new TreeMap<>();
    gauges.forEach(
        (name, gauge) -> {
          double value = gauge.value();
          if (Double.isFinite(value)) {
            values.put(name, value);
          }
        });
    return values;
  }

  /** Shows these values from now on while another instance runs the jobs. */
  public void report(Map<String, Double> values) {
    reported = Map.copyOf(values);
  }

  private void show(Meter meter) {
    Meter.Id id = meter.getId();
    if (meter instanceof Gauge gauge) {
      String name = id.getName() + id.getTags();
      gauges.put(name, gauge);
      Gauge.builder(id.getName(), gauge, mine -> value(name, mine))
          .tags(id.getTags())
          .baseUnit(id.getBaseUnit())
          .description(id.getDescription())
          .strongReference(true)
          .register(shown);
    } else if (meter instanceof Counter counter) {
      FunctionCounter.builder(id.getName(), counter, Counter::count)
          .tags(id.getTags())
          .baseUnit(id.getBaseUnit())
          .description(id.getDescription())
          .register(shown);
    } else {
      throw new IllegalArgumentException(id + ": a job has gauges and counters only");
    }
  }

  private double value(String name, Gauge mine) {
    return runsHere.getAsBoolean() ? mine.value() : reported.getOrDefault(name, 0.0);
  }
}
