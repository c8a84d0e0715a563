package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.edge.FakeReplica.Mode;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Probes, metrics and the stop of an edge. */
interface OperationContract extends EdgeSteps {
  @Test
  default void probesAndMetricsAreOnThePortOfTheManagementOnly() throws Exception {
    startEdge(STANDARD);
    repeat(3, () -> get("/"));
    assertThat(management("/livez").status()).isEqualTo(200);
    assertThat(management("/readyz").status()).isEqualTo(200);
    assertThat(management("/metrics").text()).contains("# TYPE");
    assertThat(management("/quitquitquit").status()).isEqualTo(404);
    assertThat(get("/metrics").text()).isIn("a", "b", "c");
  }

  @Test
  default void requestsInFlightCompleteWhenItStops() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.HOLD));
    Future<WireMessage> inFlight = clients().submit(() -> get("/"));
    awaitReceived(1);
    edge().beginStop();
    Awaitility.await("not ready")
        .atMost(NOTICED_WITHIN)
        .pollInterval(Duration.ofMillis(50))
        .until(this::isNotReady);
    Awaitility.await("connections are refused").atMost(NOTICED_WITHIN).until(this::isRefused);
    assertThat(inFlight.isDone()).isFalse();
    replicas().forEach(FakeReplica::release);
    assertThat(inFlight.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    edge().awaitStop();
    assertThatThrownBy(() -> get("/")).isInstanceOf(ConnectException.class);
  }

  private boolean isNotReady() {
    try {
      return management("/readyz").status() == 503;
    } catch (IOException stopped) {
      return true;
    }
  }

  private boolean isRefused() {
    try {
      new WireClient(edge().port()).close();
      return false;
    } catch (IOException refused) {
      return true;
    }
  }
}
