package dev.converge.lab.reads;

import dev.converge.lab.linearizability.Operation;
import dev.converge.lab.reads.ReadsFigures.LongFork;
import dev.converge.lab.reads.ReadsFigures.Register;
import dev.converge.lab.reads.ReadsFigures.Settings;
import dev.converge.lab.report.Machine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Runs the load of sessions and then the register, each under every fault, on one platform. */
final class ReadsRun {
  private static final long ENDS_WITHIN_SECONDS = 60;
  private static final int READERS = 2;
  private static final int FORK_ATTEMPTS = 3;
  private static final long REST_MILLIS = 1_500;

  private final ReadsPlatform platform;
  private final OrderApi api;
  private final Vertx vertx;
  private final Settings settings;
  private final Consumer<String> progress;

  private ReadsRun(
      ReadsPlatform platform,
      OrderApi api,
      Vertx vertx,
      Settings settings,
      Consumer<String> progress) {
    this.platform = platform;
    this.api = api;
    this.vertx = vertx;
    this.settings = settings;
    this.progress = progress;
  }

  static ReadsFigures of(ReadsPlatform platform, Settings settings, Consumer<String> progress)
      throws SQLException, IOException, InterruptedException, TimeoutException {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try (OrderApi api = new OrderApi(vertx, platform.port())) {
      return new ReadsRun(platform, api, vertx, settings, progress).run();
    } finally {
      vertx.close().await(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
    }
  }

  private ReadsFigures run()
      throws SQLException, IOException, InterruptedException, TimeoutException {
    warmUp();
    List<Window> windows = new ArrayList<>();
    ReadAnalysis sessions = new ReadAnalysis(windows, sessions(windows));
    List<Register> registers = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      register(fault)
          .forEach((level, history) -> registers.add(ReadAnalysis.register(level, fault, history)));
    }
    return new ReadsFigures(
        settings, Machine.here(), sessions.served(), sessions.visible(), registers, longFork());
  }

  // The session that waits for a standby may be another one, such as that of an audit.
  private LongFork longFork()
      throws SQLException, IOException, InterruptedException, TimeoutException {
    LongFork fork = new LongFork(List.of());
    for (int attempt = 1; attempt <= FORK_ATTEMPTS && !fork.isShown(); attempt++) {
      progress.accept("Long Fork, attempt " + attempt);
      fork =
          new LongForkDemonstration(platform, api, settings.seed() + "-fork-" + attempt + "-")
              .run();
      platform.awaitConfirmed();
    }
    return fork;
  }

  /** The first seconds compile and fill caches. */
  private void warmUp() throws InterruptedException, TimeoutException {
    progress.accept("warming up");
    SessionLoad load = new SessionLoad(vertx, api, -1 - settings.seed());
    Future<SessionLoad.Notes> running = load.run(settings.clients());
    pause(settings.registerMillis());
    load.end();
    running.await(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  private SessionLoad.Notes sessions(List<Window> windows)
      throws InterruptedException, TimeoutException {
    SessionLoad load = new SessionLoad(vertx, api, settings.seed());
    Future<SessionLoad.Notes> running = load.run(settings.clients());
    for (Fault fault : Fault.values()) {
      progress.accept("sessions: " + fault.explains());
      long from = System.nanoTime();
      platform.inject(fault);
      pause(settings.faultMillis());
      platform.heal(fault);
      // With the recovery: clients see it, too.
      pause(REST_MILLIS);
      windows.add(new Window(fault, from, System.nanoTime()));
    }
    load.end();
    return running.await(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  private Map<Level, List<Operation>> register(Fault fault)
      throws InterruptedException, TimeoutException {
    progress.accept("register: " + fault.explains());
    RegisterLoad load = new RegisterLoad(vertx, api, settings.seed() + "-register-" + fault + "-");
    Future<Map<Level, List<Operation>>> running = load.run(READERS);
    pause(settings.registerMillis() / 3);
    platform.inject(fault);
    pause(settings.registerMillis() / 3);
    platform.heal(fault);
    pause(settings.registerMillis() / 3);
    load.end();
    return running.await(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  private static void pause(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }
}
