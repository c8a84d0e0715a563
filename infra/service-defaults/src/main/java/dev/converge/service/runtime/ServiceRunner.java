package dev.converge.service.runtime;

import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a service: reads its configuration, deploys its parts in order, stops them in reverse. */
public final class ServiceRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceRunner.class);
  private static final long STOP_WITHIN_SECONDS = 20;
  private static final long CLOSE_WITHIN_SECONDS = 3;

  /** The shared objects of a service's parts. */
  public record Foundation(Vertx vertx, Telemetry telemetry) {}

  /** Creates the parts of a service, in the order of their start. */
  @FunctionalInterface
  public interface Wiring<C> {
    List<Deployable> parts(Foundation foundation, C config);
  }

  private ServiceRunner() {}

  /** Runs until SIGTERM or SIGINT. An invalid configuration exits with 2. */
  public static <C> void run(String service, Function<Env, C> configuration, Wiring<C> wiring) {
    Map<String, String> variables = System.getenv();
    Env env = new Env(variables);
    C config = configuration.apply(env);
    try {
      env.check();
    } catch (IllegalArgumentException e) {
      LOG.error("{}", e.getMessage());
      System.exit(2);
    }
    LOG.info("{} starts with {}", service, env.effective());
    Vertx vertx = Vertx.vertx(options());
    Telemetry telemetry = Telemetry.start(service, variables);
    List<String> deployed = new CopyOnWriteArrayList<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stop(service, vertx, deployed, telemetry), "shutdown"));
    deploy(vertx, wiring.parts(new Foundation(vertx, telemetry), config), deployed)
        .onSuccess(up -> LOG.info("{} is up", service))
        .onFailure(
            cause -> {
              LOG.error("{} cannot start", service, cause);
              new Thread(() -> System.exit(1), "exit").start();
            });
  }

  // Vert.x must not copy class-path files: each crash would leave a copy in the temporary folder.
  private static VertxOptions options() {
    return new VertxOptions()
        .setPreferNativeTransport(true)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }

  private static Future<Void> deploy(Vertx vertx, List<Deployable> parts, List<String> deployed) {
    return deployed.size() == parts.size()
        ? Future.succeededFuture()
        : vertx
            .deployVerticle(parts.get(deployed.size()))
            .onSuccess(deployed::add)
            .compose(id -> deploy(vertx, parts, deployed));
  }

  private static void stop(
      String service, Vertx vertx, List<String> deployed, Telemetry telemetry) {
    LOG.info("{} stops", service);
    // Awaited separately: closing Vert.x ends the event loops that a composition would need.
    await(service, undeploy(vertx, deployed), STOP_WITHIN_SECONDS);
    await(service, vertx.close(), CLOSE_WITHIN_SECONDS);
    telemetry.stop();
    LOG.info("{} has stopped", service);
  }

  private static void await(String service, Future<Void> stopped, long seconds) {
    try {
      stopped.await(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOG.warn("{} did not stop within {} seconds", service, seconds);
    }
  }

  private static Future<Void> undeploy(Vertx vertx, List<String> deployed) {
    return deployed.isEmpty()
        ? Future.succeededFuture()
        : vertx
            .undeploy(deployed.remove(deployed.size() - 1))
            .transform(undeployed -> undeploy(vertx, deployed));
  }
}
