package dev.converge.console;

import dev.converge.platform.PlatformException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Parts without processes, whose state is what was done to them last. */
final class FakeProcesses implements PartProcesses {
  static final List<String> PARTS =
      List.of(
          "order-db",
          "inventory-db",
          "payment-db",
          "kafka",
          "connect",
          "zipkin",
          "inventory-service",
          "payment-service",
          "order-service");

  /** Such as {@code kill payment-service}, in the order in which they were done. */
  final List<String> done = new CopyOnWriteArrayList<>();

  private final Map<String, Seen> states = new ConcurrentHashMap<>();

  FakeProcesses() {
    PARTS.forEach(part -> states.put(part, seen(true, false)));
  }

  private static Seen seen(boolean runs, boolean isPaused) {
    return new Seen(runs, isPaused, 1_000, 64);
  }

  @Override
  public List<String> parts() {
    return PARTS;
  }

  @Override
  public Seen see(String part) {
    return states.getOrDefault(part, seen(false, false));
  }

  @Override
  public void kill(String part) {
    if (!see(part).runs()) {
      throw new PlatformException(part + " does not run");
    }
    change("kill", part, seen(false, false));
  }

  @Override
  public void start(String part) {
    change("start", part, seen(true, false));
  }

  @Override
  public void pause(String part) {
    change("pause", part, seen(true, true));
  }

  @Override
  public void resume(String part) {
    change("resume", part, seen(true, false));
  }

  private void change(String verb, String part, Seen state) {
    states.put(part, state);
    done.add(verb + " " + part);
  }
}
