package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: compose's brokers and workers have the settings of the embedded ones, and of each other.
 * Method: compares the files.
 */
class ComposeNodesTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();

  /** Of the cluster, and so of each node, or of one node alone. */
  private static final Pattern OF_THE_NODE =
      Pattern.compile("kafka:|BOOTSTRAP_SERVERS: .*|- 127\\.0\\.0\\.1:.*|<<: .*");

  @Test
  void threeBrokersReplicateAsTheEmbeddedOnes() throws IOException {
    String nodes = read("docker-compose.nodes.yml");
    for (Map.Entry<String, String> setting : KafkaMain.replication(3).entrySet()) {
      String name = "KAFKA_" + setting.getKey().toUpperCase(Locale.ROOT).replace('.', '_');
      assertThat(nodes).contains("  " + name + ": \"" + setting.getValue() + "\"\n");
    }
    assertThat(nodes).contains("BROKERS: \"3\"\n");
  }

  @Test
  void brokersShareTheSettingsOfTheFirst() throws IOException {
    String first = block(read("docker-compose.yml"), "  kafka");
    String shared = read("docker-compose.nodes.yml");
    assertThat(settings(first).filter(line -> line.startsWith("CLUSTER_ID") || isShared(line)))
        .allSatisfy(line -> assertThat(shared).contains("  " + line + "\n"));
  }

  private static boolean isShared(String line) {
    return line.startsWith("KAFKA_HEAP_OPTS")
        || line.startsWith("KAFKA_LISTENERS")
        || line.startsWith("KAFKA_LOG_DIRS")
        || line.startsWith("image:")
        || line.startsWith("mem_limit:")
        || line.startsWith("test:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kafka-2", "kafka-3"})
  void everyBrokerHasAnIdAndDataOfItsOwn(String broker) throws IOException {
    String number = broker.substring(broker.indexOf('-') + 1);
    assertThat(block(read("docker-compose.nodes.yml"), "  " + broker))
        .contains("KAFKA_NODE_ID: \"" + number + "\"\n")
        .contains("PLAINTEXT://" + broker + ":19092")
        .contains("- " + broker + ":/var/lib/kafka/data\n");
  }

  @Test
  void secondWorkerHasTheSettingsOfTheFirst() throws IOException {
    String first = block(read("docker-compose.yml"), "  connect");
    String second = block(read("docker-compose.nodes.yml"), "  connect-2");
    assertThat(settings(first).filter(line -> !OF_THE_NODE.matcher(line).matches()))
        .hasSizeGreaterThan(20)
        .allSatisfy(line -> assertThat(second).contains("  " + line + "\n"));
  }

  private static Stream<String> settings(String block) {
    return block
        .lines()
        .skip(1)
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"));
  }

  private static String block(String file, String name) {
    Matcher block =
        Pattern.compile("(?ms)^" + name + ":\\n.*?(?=\\n  \\S|\\n\\S|\\z)").matcher(file);
    assertThat(block.find()).as("%s", name).isTrue();
    return block.group() + "\n";
  }

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }
}
