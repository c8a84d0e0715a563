package dev.converge.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: time is the system's unless the class path says otherwise. Method: both class paths. */
class WallClockTest {
  /** A fixed clock. */
  public static final class Still extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH;
    }
  }

  @Test
  void timeIsTheSystems() {
    assertThat(WallClock.find(WallClockTest.class.getClassLoader())).isEqualTo(Clock.systemUTC());
  }

  @Test
  void classPathMayProvideAnotherClock(@TempDir Path folder) throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(Clock.class.getName()), Still.class.getName());
    URL[] first = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(first, WallClockTest.class.getClassLoader())) {
      assertThat(WallClock.find(loader).instant()).isEqualTo(Instant.EPOCH);
    }
  }
}
