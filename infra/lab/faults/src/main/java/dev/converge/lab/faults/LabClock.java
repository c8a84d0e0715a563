package dev.converge.lab.faults;

import dev.converge.platform.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** The clock of a service that the lab can set ahead or back: the lab's side of it. */
record LabClock(Layout layout) {
  /** The variables that the service needs. */
  Map<String, String> environment() {
    return Map.of(SteppedClock.FILE, file().toAbsolutePath().toString());
  }

  /** Makes a class path entry with the clock in it, right as it is, and nothing else. */
  Path make() throws IOException {
    Path entry = folder().resolve("classes");
    String name = SteppedClock.class.getName();
    Path compiled = entry.resolve(name.replace('.', '/') + ".class");
    Path services = Files.createDirectories(entry.resolve("META-INF/services"));
    Files.createDirectories(Objects.requireNonNull(compiled.getParent()));
    try (InputStream in = SteppedClock.class.getResourceAsStream("SteppedClock.class")) {
      Files.copy(
          Objects.requireNonNull(in, "SteppedClock.class"),
          compiled,
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(services.resolve(Clock.class.getName()), name);
    set(Duration.ZERO);
    return entry;
  }

  /** Sets it ahead of the system's clock, or back if the value is negative. */
  void set(Duration ahead) throws IOException {
    Path next = folder().resolve("next");
    Files.writeString(next, Long.toString(ahead.toMillis()));
    Files.move(next, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path file() {
    return folder().resolve("ahead-millis");
  }

  private Path folder() {
    return layout.state().resolve("clock");
  }
}
