package dev.converge.payment.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import dev.converge.payment.provider.ProviderSwitches.Behaviour;
import dev.converge.service.postgres.HeldRows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a slow, unavailable or overloaded ledger is an environment fault, and every call that waits
 * for it fails in time. Method: a port that accepts connections and never answers.
 */
class SimulatedProviderTest {
  private static final Duration WITHIN = Duration.ofMillis(200);

  private final Vertx vertx = Vertx.vertx();
  private ServerSocket silent;
  private Pool pool;

  @BeforeEach
  void listen() throws IOException {
    silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    pool =
        PgBuilder.pool()
            .connectingTo(
                new PgConnectOptions()
                    .setHost("127.0.0.1")
                    .setPort(silent.getLocalPort())
                    .setUser("payment_service")
                    .setPassword("any")
                    .setDatabase("payment"))
            .using(vertx)
            .build();
  }

  @AfterEach
  void close() throws Exception {
    // First, because the pool waits for its connections.
    silent.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private static ChargeRequest charge(String token) {
    return new ChargeRequest(UUID.randomUUID(), 1_290, "EUR", token);
  }

  /** The failures of concurrent calls on one event loop. */
  private List<Throwable> causes(int calls, boolean undo, ProviderSwitches switches)
      throws TimeoutException {
    List<Future<?>> answers = new ArrayList<>();
    Future<Void> made =
        Future.future(
            all ->
                vertx.runOnContext(
                    loop -> {
                      SimulatedProvider provider =
                          new SimulatedProvider(
                              vertx, pool, new SimpleMeterRegistry(), new HeldRows(false), WITHIN);
                      provider.set(switches);
                      for (int n = 0; n < calls; n++) {
                        answers.add(
                            undo
                                ? provider.undo(UUID.randomUUID())
                                : provider.charge(charge("tok_ok")));
                      }
                      Future.join(answers).<Void>mapEmpty().onComplete(done -> all.complete());
                    }));
    made.await(10, TimeUnit.SECONDS);
    return answers.stream().<Throwable>map(Future::cause).toList();
  }

  @Test
  void callsThatWaitForASlowLedgerAreEnvironmentFaults() throws TimeoutException {
    // More calls than one group takes, and more than the queue takes.
    assertThat(causes(5_000, false, ProviderSwitches.normal()))
        .hasSize(5_000)
        .hasOnlyElementsOfType(EnvironmentFaultException.class);
    assertThat(causes(5_000, true, ProviderSwitches.normal()))
        .hasSize(5_000)
        .hasOnlyElementsOfType(EnvironmentFaultException.class);
  }

  @Test
  void slowProviderWithASlowLedgerIsAnEnvironmentFault() throws TimeoutException {
    assertThat(causes(300, false, new ProviderSwitches(Behaviour.SLOW, 50)))
        .hasSize(300)
        .hasOnlyElementsOfType(EnvironmentFaultException.class);
    assertThat(causes(300, false, new ProviderSwitches(Behaviour.LOSE_ANSWER, 50)))
        .hasSize(300)
        .hasOnlyElementsOfType(EnvironmentFaultException.class);
  }

  @Test
  void failingProviderIsNotAnEnvironmentFault() throws TimeoutException {
    assertThat(causes(1, false, new ProviderSwitches(Behaviour.FAIL, 50)))
        .hasOnlyElementsOfType(ProviderFailedException.class);
  }
}
