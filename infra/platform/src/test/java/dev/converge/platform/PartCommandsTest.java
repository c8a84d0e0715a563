package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: parts find one another, directly or through a proxy. */
class PartCommandsTest {
  private static final Ports PORTS = Ports.shifted(1_000);

  @Test
  void partsReachOneAnotherWhereTheyListen() {
    PartCommands commands = commands(Map.of());
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PGPORT", "16432")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:10092")
        .containsEntry("CONNECT_URL", "http://127.0.0.1:9083");
    assertThat(commands.environment(Part.CONNECT)).containsEntry("PAYMENT_DB_PORT", "16434");
    assertThat(commands.command(Part.KAFKA)).endsWith("10092", "10093", "10092");
  }

  @Test
  void partsReachOneAnotherThroughAProxy() {
    PartCommands commands =
        commands(Map.of(Part.ORDER_DB, 1, Part.PAYMENT_DB, 2, Part.KAFKA, 3, Part.CONNECT, 4));
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PGPORT", "1")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:3")
        .containsEntry("CONNECT_URL", "http://127.0.0.1:4");
    assertThat(commands.environment(Part.CONNECT))
        .containsEntry("ORDER_DB_PORT", "1")
        .containsEntry("INVENTORY_DB_PORT", "16433")
        .containsEntry("PAYMENT_DB_PORT", "2");
    // The broker listens on its own port and advertises the other.
    assertThat(commands.command(Part.KAFKA)).endsWith("10092", "10093", "3");
    assertThat(commands.command(Part.CONNECT)).contains("127.0.0.1:3");
  }

  @Test
  void entriesBeforeTheJarsAreLoadedFirstAndArchiveNoClasses() {
    PartCommands commands = commands(Map.of());
    List<String> command = commands.command(Part.PAYMENT_SERVICE);
    assertThat(command.get(command.indexOf("-cp") + 1)).startsWith("in-front");
    assertThat(command).noneMatch(option -> option.contains("DumpLoadedClassList"));
    assertThat(commands.command(Part.ORDER_SERVICE))
        .anyMatch(option -> option.contains("DumpLoadedClassList"));
  }

  private static PartCommands commands(Map<Part, Integer> reachedAt) {
    return new PartCommands(
        new Layout(Path.of("root"), Path.of("state")),
        PORTS,
        Passwords.from(Map.of()),
        Map.of(),
        reachedAt,
        Map.of(Part.PAYMENT_SERVICE, List.of(Path.of("in-front"))));
  }
}
