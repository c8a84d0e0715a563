package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Faults of a process: it dies, it is restarted in order, it hangs. */
final class ProcessFaults {
  private ProcessFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (Part part : platform.parts()) {
      Integer bound = killBound(part);
      faults.add(
          new OfProcess(
              platform,
              part,
              new FaultSpec("kill", part.id(), "kill", 0, 2_000, bound),
              platform::kill,
              platform::start));
      if (part != Part.ZIPKIN) {
        faults.add(
            new OfProcess(
                platform,
                part,
                new FaultSpec("restart", part.id(), "kill", 0, 500, bound),
                platform::stop,
                platform::start));
      }
      // Longer than a consumer's session (6 s) and than the lease of a call to the provider (8 s).
      faults.add(
          new OfProcess(
              platform,
              part,
              new FaultSpec("pause", part.id(), "pause", 9_000, 12_000, 15),
              platform::pause,
              resumed -> resume(platform, resumed)));
      if (part != Part.ZIPKIN) {
        // Longer also than a transaction may be idle (15 s) and than a step's deadline (20 s).
        faults.add(
            new OfProcess(
                platform,
                part,
                new FaultSpec("long-pause", part.id(), "pause", 21_000, 25_000, 15),
                platform::pause,
                resumed -> resume(platform, resumed)));
      }
    }
    return faults;
  }

  // A paused primary is killed, and a standby is promoted.
  private static void resume(Platform platform, Part part) {
    platform.resume(part);
    platform.start(part);
  }

  private static @Nullable Integer killBound(Part part) {
    return switch (part.kind()) {
      // There is a second instance of the order service.
      case SERVICE -> part == Part.ORDER_SERVICE ? 5 : 10;
      case DATABASE -> 10;
      // There is no other broker to lead meanwhile: a JVM starts, reads its log back after a kill,
      // and the consumers' sessions of 6 s start again.
      case KAFKA -> 30;
      case CONNECT -> 15;
      case ZIPKIN, ZOOKEEPER, EDGE, SUPERVISOR, CONSOLE -> null;
    };
  }

  private record OfProcess(
      Platform platform, Part part, FaultSpec spec, Consumer<Part> breaking, Consumer<Part> healing)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return platform.isRunning(part) ? null : part.id() + " does not run";
    }

    @Override
    public void inject() {
      breaking.accept(part);
    }

    @Override
    public void heal() {
      healing.accept(part);
    }
  }
}
