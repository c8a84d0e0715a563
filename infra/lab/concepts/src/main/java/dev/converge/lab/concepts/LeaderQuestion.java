package dev.converge.lab.concepts;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.DescribeQuorumResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.MetadataResponse.PartitionMetadata;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Asks one node alone. Kafka's own clients ask any node, and would hide that two of them differ.
 */
final class LeaderQuestion {
  private static final int TIMEOUT_MILLIS = 300;
  private static final int MOST_BYTES = 1 << 20;

  /** Its first version with the epochs of leaders. */
  private static final short METADATA_VERSION = 9;

  private static final short QUORUM_VERSION = 1;

  private final AtomicInteger asked = new AtomicInteger();

  /**
   * A partition, as a broker knows it.
   *
   * @param leader -1 if there is none
   */
  record Partition(int leader, List<Integer> inSync) {}

  /** The only partition of a topic; empty if the broker does not know it. */
  Optional<Partition> partition(int brokerPort, String topic) throws IOException {
    MetadataResponse answer =
        (MetadataResponse)
            ask(
                brokerPort,
                ApiKeys.METADATA,
                MetadataRequest.Builder.forTopicNames(List.of(topic), false)
                    .build(METADATA_VERSION));
    return answer.topicMetadata().stream()
        .filter(found -> found.error() == Errors.NONE)
        .flatMap(found -> found.partitionMetadata().stream())
        .findFirst()
        .map(LeaderQuestion::partition);
  }

  private static Partition partition(PartitionMetadata found) {
    return new Partition(found.leaderId.orElse(-1), List.copyOf(found.inSyncReplicaIds));
  }

  /** Whether a controller says that it is the active one. */
  boolean isActive(int controllerPort) throws IOException {
    DescribeQuorumResponse answer =
        (DescribeQuorumResponse)
            ask(
                controllerPort,
                ApiKeys.DESCRIBE_QUORUM,
                new DescribeQuorumRequest.Builder(
                        DescribeQuorumRequest.singletonRequest(
                            new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0)))
                    .build(QUORUM_VERSION));
    return answer.data().topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .anyMatch(partition -> partition.errorCode() == Errors.NONE.code());
  }

  private AbstractResponse ask(int port, ApiKeys api, AbstractRequest request) throws IOException {
    RequestHeader header =
        new RequestHeader(api, request.version(), "lab", asked.incrementAndGet());
    ByteBuffer bytes = request.serializeWithHeader(header);
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      DataOutputStream output = new DataOutputStream(socket.getOutputStream());
      output.writeInt(bytes.remaining());
      output.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      output.flush();
      DataInputStream input = new DataInputStream(socket.getInputStream());
      int length = input.readInt();
      if (length < 0 || length > MOST_BYTES) {
        throw new IOException("an answer of " + length + " bytes");
      }
      return AbstractResponse.parseResponse(ByteBuffer.wrap(input.readNBytes(length)), header);
    }
  }
}
