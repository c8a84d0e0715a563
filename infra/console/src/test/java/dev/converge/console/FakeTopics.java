package dev.converge.console;

import dev.converge.console.view.Flow;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Topics to which a test appends. */
final class FakeTopics implements TopicSource {
  private final Queue<Flow.Seen> appended = new ConcurrentLinkedQueue<>();
  private volatile JsonObject backlogs =
      new JsonObject()
          .put("inventory.commands", new JsonObject().put("lag", 0))
          .put("payment.commands", new JsonObject().put("lag", 0))
          .put("order.replies", new JsonObject().put("lag", 0));

  void append(String topic, String from, String orderId, String type) {
    appended.add(new Flow.Seen(topic, from, orderId, type, Instant.now(), null));
  }

  void lag(String topic, long lag) {
    backlogs = backlogs.copy().put(topic, new JsonObject().put("lag", lag).put("oldestMs", 4_100));
  }

  @Override
  public void seekToTheEnds() {
    appended.clear();
  }

  @Override
  public Polled poll(Duration moment) {
    List<Flow.Seen> polled = new ArrayList<>();
    for (Flow.Seen next = appended.poll(); next != null; next = appended.poll()) {
      polled.add(next);
    }
    return new Polled(polled, 0);
  }

  @Override
  public JsonObject backlogs(Instant now) {
    return backlogs;
  }

  @Override
  public void close() {}
}
