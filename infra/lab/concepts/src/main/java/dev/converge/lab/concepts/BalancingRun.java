package dev.converge.lab.concepts;

import dev.converge.lab.concepts.BalancedLoad.Answers;
import dev.converge.lab.concepts.BalancingFigures.Choice;
import dev.converge.lab.concepts.BalancingFigures.Distribution;
import dev.converge.lab.concepts.BalancingFigures.Measured;
import dev.converge.lab.concepts.BalancingFigures.Settings;
import dev.converge.lab.concepts.SlowServer.Listening;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.Address;
import io.vertx.core.net.AddressResolver;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.LoadBalancer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Three HTTP servers, one of them slow, under the same load with each way to choose. */
final class BalancingRun {
  private static final int REPLICAS = 3;
  private static final long STARTS_WITHIN_SECONDS = 10;
  private static final long DRAINS_WITHIN_SECONDS = 120;
  private static final int CONNECTIONS = 5_000;
  private static final double WARM_UP_SECONDS = 2;

  private final Settings settings;
  private final int slow;
  private final Consumer<String> progress;

  private BalancingRun(Settings settings, Consumer<String> progress) {
    this.settings = settings;
    this.slow = 1 + new Random(settings.seed()).nextInt(REPLICAS);
    this.progress = progress;
  }

  /** The replicas under their common name. */
  private record Replicas(String name) implements Address {}

  static BalancingFigures of(Settings settings, Consumer<String> progress) throws TimeoutException {
    return new BalancingRun(settings, progress).run();
  }

  private BalancingFigures run() throws TimeoutException {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    try {
      progress.accept("warming up");
      Measured unused = measure(vertx, Choice.LEAST_REQUESTS, WARM_UP_SECONDS);
      List<Measured> measured = new ArrayList<>();
      for (Choice choice : Choice.values()) {
        Measured one = measure(vertx, choice, settings.seconds());
        progress.accept(
            choice.says() + ": 99th percentile " + Figures.rounded(one.millis().p99()) + " ms");
        measured.add(one);
      }
      return new BalancingFigures(settings, slow, Machine.here(), measured);
    } finally {
      vertx.close().await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** With servers and a client of its own: no connection or count is left from before. */
  private Measured measure(Vertx vertx, Choice choice, double seconds) throws TimeoutException {
    List<Listening> replicas = new ArrayList<>();
    for (int number = 1; number <= REPLICAS; number++) {
      int millis = number == slow ? settings.slowMillis() : settings.fastMillis();
      replicas.add(
          SlowServer.listen(vertx, settings.seed() + number, settings.workers(), millis)
              .await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS));
    }
    HttpClient client = client(vertx, choice, replicas);
    Answers answers =
        BalancedLoad.send(
                vertx,
                client,
                new RequestOptions().setServer(new Replicas("replicas")),
                BalancedLoad.schedule(settings.seed(), settings.requestsPerSecond(), seconds))
            .await(DRAINS_WITHIN_SECONDS, TimeUnit.SECONDS);
    client.close().await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
    List<Future<Void>> closed = replicas.stream().map(one -> one.http().close()).toList();
    Future.all(closed).await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
    return new Measured(
        choice,
        replicas.stream().map(Listening::received).toList(),
        answers.failed(),
        Distribution.of(answers.millis()));
  }

  private static HttpClient client(Vertx vertx, Choice choice, List<Listening> replicas) {
    List<SocketAddress> addresses = replicas.stream().map(Listening::address).toList();
    AddressResolver<Replicas> resolver = AddressResolver.mappingResolver(name -> addresses);
    // Requests wait at the replicas, not for a connection.
    return vertx
        .httpClientBuilder()
        .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS))
        .withAddressResolver(resolver)
        .withLoadBalancer(balancer(choice))
        .build();
  }

  private static LoadBalancer balancer(Choice choice) {
    return switch (choice) {
      case RANDOM -> LoadBalancer.RANDOM;
      case ROUND_ROBIN -> LoadBalancer.ROUND_ROBIN;
      case LEAST_REQUESTS -> LoadBalancer.LEAST_REQUESTS;
      case TWO_CHOICES -> LoadBalancer.POWER_OF_TWO_CHOICES;
    };
  }
}
