package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The variables of a shell that reach the parts. */
class PartEnvironmentTest {
  private static final Map<String, String> SHELL = new HashMap<>();

  static {
    for (String name :
        ("PGCLIENTENCODING PGOPTIONS PGSERVICE PGSSLMODE PGDATESTYLE PGTZ PGDATA PGPORT PGHOST"
                + " PGPASSWORD PGUSER KAFKA_OPTS KAFKA_HEAP_OPTS JAVA_TOOL_OPTIONS _JAVA_OPTIONS"
                + " JDK_JAVA_OPTIONS CLASSPATH OTEL_SDK_DISABLED OTEL_TRACES_EXPORTER HTTP_PROXY"
                + " http_proxy NO_PROXY LANG LANGUAGE LC_CTYPE LC_MESSAGES BASH_ENV ENV LD_PRELOAD"
                + " LD_LIBRARY_PATH MALLOC_ARENA_MAX SPRING_PROFILES_ACTIVE SERVER_PORT"
                + " STORAGE_TYPE CONNECTOR INSTANCE_ID HTTP_PORT API_TOKEN")
            .split(" ", -1)) {
      SHELL.put(name, "of the shell");
    }
    SHELL.put("PATH", "/bin");
    SHELL.put("HOME", "/home/ada");
    SHELL.put("TZ", "Nowhere/Nowhere");
    SHELL.put("LC_ALL", "POSIX");
    SHELL.put("SAGA_STEP_DEADLINE", "PT1M");
  }

  @ParameterizedTest
  @MethodSource("dev.converge.platform.Part#all")
  void partInheritsOnlyListedVariablesOfTheShell(Part part) {
    Map<String, String> environment = PartEnvironment.of(part, SHELL, Map.of("OWN", "own"));
    assertThat(environment)
        .doesNotContainValue("of the shell")
        .containsEntry("PATH", "/bin")
        .containsEntry("HOME", "/home/ada")
        .containsEntry("TZ", "UTC")
        .containsEntry("OWN", "own");
    assertThat(environment.get("LC_ALL")).endsWith("UTF-8");
    // The console starts services.
    assertThat(environment.containsKey("SAGA_STEP_DEADLINE"))
        .isEqualTo(part.isService() || part.isConsole());
  }

  @Test
  void settingsOfThePlatformOverrideTheShell() {
    assertThat(
            PartEnvironment.of(
                Part.ORDER_SERVICE, SHELL, Map.of("SAGA_STEP_DEADLINE", "PT2M", "PGHOST", "::1")))
        .containsEntry("SAGA_STEP_DEADLINE", "PT2M")
        .containsEntry("PGHOST", "::1");
  }

  @Test
  void protocolsAreOnOnlyWhereTheyWereTurnedOn(@TempDir Path state) {
    PartCommands commands =
        new PartCommands(
            new Layout(Path.of("root"), state),
            Ports.shifted(0),
            Passwords.from(Map.of()),
            Scale.SMALLEST,
            Map.of(),
            Map.of(),
            Map.of());
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .doesNotContainKeys("PROTOCOLS", "ZOOKEEPER");
    Protocols.turnOn(state);
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PROTOCOLS", "on")
        .containsEntry("ZOOKEEPER", "127.0.0.1:12181,127.0.0.1:12182,127.0.0.1:12183")
        .containsEntry("PAYMENT_SERVICE_URL", "http://127.0.0.1:8082");
  }

  @Test
  void everySettingOfTheServicesThatThePlatformDoesNotSetCanBeGivenInTheShell(@TempDir Path state)
      throws IOException {
    Protocols.turnOn(state);
    String page = Files.readString(Path.of("../../docs/reference/settings.md"));
    String settings = page.substring(page.indexOf("## Services"), page.indexOf("## Ports"));
    Set<String> documented = new TreeSet<>();
    Pattern.compile("(?m)^\\| `([A-Z0-9_]+)` \\|")
        .matcher(settings)
        .results()
        .forEach(row -> documented.add(row.group(1)));
    PartCommands commands =
        new PartCommands(
            new Layout(Path.of("root"), state),
            Ports.shifted(1_000),
            Passwords.from(Map.of()),
            Scale.SMALLEST.withStandbys(1),
            Map.of(),
            Map.of(),
            Map.of());
    Set<String> given = new TreeSet<>(PartEnvironment.SERVICE_SETTINGS);
    given.addAll(commands.environment(Part.ORDER_SERVICE).keySet());
    given.addAll(commands.environment(Part.PAYMENT_SERVICE).keySet());
    given.add("CONNECTOR"); // named by the connectors' files
    assertThat(given).containsAll(documented);
    assertThat(documented).containsAll(PartEnvironment.SERVICE_SETTINGS);
  }
}
