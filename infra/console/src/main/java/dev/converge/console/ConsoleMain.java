package dev.converge.console;

import dev.converge.platform.PartControl;
import dev.converge.service.http.HttpApi;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import io.vertx.core.Deployable;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the console until SIGTERM. */
public final class ConsoleMain {
  private static final Logger LOG = LoggerFactory.getLogger(ConsoleMain.class);
  private static final int REMEMBERED_EVENTS = 512;
  private static final int REMEMBERED_CHARS = 1 << 20;

  private ConsoleMain() {}

  /** Takes its settings from the environment; see docs/reference/settings.md. */
  public static void main(String[] args) {
    ServiceRunner.run("console", ConsoleConfig::from, ConsoleMain::parts);
  }

  private static List<Deployable> parts(Foundation foundation, ConsoleConfig config) {
    if (config.folders().isEmpty()) {
      // Without ./converge, which prints the link, the log is the only place for it.
      LOG.info("link: http://127.0.0.1:{}/#t={}", config.http().port(), config.token());
    }
    return parts(
        foundation,
        config,
        config
            .folders()
            .map(
                folders -> new EmbeddedProcesses(new PartControl(folders.root(), folders.state()))),
        () -> new TopicReader(config.kafka(), Collector.TOPICS));
  }

  /** In the order in which they start. They stop in reverse: the faults end first. */
  static List<Deployable> parts(
      Foundation foundation,
      ConsoleConfig config,
      Optional<PartProcesses> processes,
      Supplier<TopicSource> openTopics) {
    Clock clock = Clock.systemUTC();
    Upstream upstream = new Upstream(foundation.vertx());
    Faults faults = new Faults(processes, upstream, config.service("payment"), clock);
    String epoch = Long.toString(clock.millis(), 36);
    Collector collector =
        new Collector(
            config,
            upstream,
            processes,
            faults,
            openTopics,
            hello ->
                new EventStream(epoch, new EventRing(REMEMBERED_EVENTS, REMEMBERED_CHARS), hello),
            clock);
    OrderDesk desk =
        new OrderDesk(upstream, config.service("order"), faults, collector::showSeries);
    Jobs jobs = new Jobs(upstream, config.service("order"), clock, collector::showJobs);
    Chaos chaos = new Chaos(faults, clock, collector::showChaos);
    ObjectiveWatch objectives =
        new ObjectiveWatch(
            config, upstream, collector.stream()::readers, collector::showObjectives, clock);
    LabReports reports =
        new LabReports(foundation.vertx(), config.folders().map(ConsoleConfig.Folders::state));
    ConsoleRoutes routes =
        new ConsoleRoutes(
            config,
            upstream,
            faults,
            desk,
            jobs,
            chaos,
            reports,
            objectives,
            collector::observeSoon);
    PageFiles files = new PageFiles();
    HttpApi api =
        new HttpApi(config.http(), foundation.telemetry(), "openapi/console.json", routes::mount)
            .servingPages(
                router -> {
                  files.mount(router);
                  reports.mount(router);
                  router.get("/api/stream").handler(collector.stream()::open);
                })
            .whenStopping(collector.stream()::close);
    return List.of(collector, objectives, desk, jobs, api, faults, chaos);
  }
}
