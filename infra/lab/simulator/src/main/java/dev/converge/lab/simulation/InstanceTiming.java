package dev.converge.lab.simulation;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.outbox.delivery.Timing;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Virtual time, as a process reads it. A delay ends with the process. */
record InstanceTiming(Schedule schedule, Instance instance) implements Timing {
  @Override
  public long nanoTime() {
    return MILLISECONDS.toNanos(schedule.nowMillis());
  }

  @Override
  public Future<Void> delay(long millis) {
    Promise<Void> elapsed = Promise.promise();
    instance.after(millis, elapsed::complete);
    return elapsed.future();
  }
}
