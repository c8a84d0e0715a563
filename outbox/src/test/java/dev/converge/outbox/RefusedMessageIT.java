package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.header;
import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: messages of an aggregate stay in order while the broker refuses one of them. Method: a
 * topic that takes small records only, an aggregate whose first message is a large one, and the
 * connector that the order service uses; then the topic takes all, and the task, which has failed,
 * is restarted.
 */
class RefusedMessageIT {
  private static final int LIMIT_BYTES = 10_000;
  private static final int MESSAGES = 10;

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final Outbox outbox = Outbox.create(OpenTelemetry.noop().getTracer("test"));
  private final String topic = platform.newTopic();
  private final Http http = new Http();
  private final String connector = platform.connectUrl() + "/connectors/order-outbox";

  @AfterEach
  void awaitTheConnector() throws Exception {
    setLimit(OpType.DELETE);
    await("connector").until(this::isRunningAfterRestart);
  }

  @Test
  void refusedMessageIsReadBeforeItsSuccessors() throws Exception {
    setLimit(OpType.SET);
    List<OutboxMessage> refused = new ArrayList<>();
    refused.add(message("order-1", 1, "x".repeat(2 * LIMIT_BYTES)));
    for (int sequence = 2; sequence <= MESSAGES; sequence++) {
      refused.add(message("order-1", sequence, "small"));
    }
    append(refused);
    await("task to fail").until(() -> taskState().equals("FAILED"));
    setLimit(OpType.DELETE);
    await("connector").until(this::isRunningAfterRestart);
    OutboxMessage last = message("order-1", MESSAGES + 1, "after the restart");
    append(List.of(last));

    List<UUID> read =
        platform
            .readUntil(topic, entry -> header(entry, "ce_id").equals(last.id().toString()))
            .stream()
            .map(entry -> UUID.fromString(header(entry, "ce_id")))
            .distinct()
            .toList();

    refused.add(last);
    assertThat(read).containsExactlyElementsOf(refused.stream().map(OutboxMessage::id).toList());
  }

  private OutboxMessage message(String aggregateId, long sequence, String payload) {
    return new OutboxMessage(topic, aggregateId, sequence, new Payload(CloudEvents.TYPE, payload));
  }

  private void append(List<OutboxMessage> messages) {
    await(platform.pool().withTransaction(tx -> outbox.append(tx, messages)));
  }

  private void setLimit(OpType how) throws Exception {
    ConfigEntry limit = new ConfigEntry("max.message.bytes", Integer.toString(LIMIT_BYTES));
    try (Admin admin = platform.admin()) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, topic),
                  List.of(new AlterConfigOp(limit, how))))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  private boolean isRunningAfterRestart() throws IOException {
    boolean failed = taskState().equals("FAILED");
    if (failed) {
      http.send("POST", connector + "/restart?includeTasks=true&onlyFailed=true", null);
    }
    return !failed && taskState().equals("RUNNING");
  }

  private String taskState() throws IOException {
    JsonNode status = http.get(connector + "/status").body();
    return status.path("tasks").path(0).path("state").asText();
  }
}
