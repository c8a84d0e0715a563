package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Goal: the platform's databases have the repair functions that an adopter gets. The two scripts
 * cannot be one: setup.sql needs a superuser and an outbox that exists, and the platform defines
 * the functions in a new database, and later as the connector's role. Method: the functions of both
 * are compared, without comments.
 */
class RepairFunctionsTest {
  private static final Path ROOT = Path.of(System.getProperty("converge.root", ".."));
  private static final Pattern FUNCTION =
      Pattern.compile(
          "CREATE OR REPLACE FUNCTION public\\.(\\w+)(\\(.*?\\nEND)\\n", Pattern.DOTALL);

  /** The functions by name, for a slot and a publication called outbox. */
  private static Map<String, String> functions(String file) throws IOException {
    Map<String, String> functions = new TreeMap<>();
    FUNCTION
        .matcher(Files.readString(ROOT.resolve(file)))
        .results()
        .forEach(
            function ->
                functions.put(
                    function.group(1),
                    function
                        .group(2)
                        .replaceAll("--[^\n]*", "")
                        .replaceAll("%[12]\\$L", "'outbox'")
                        .replace("$body$", "$$")
                        .replaceAll("\\s+", " ")));
    return functions;
  }

  @Test
  void platformHasTheFunctionsOfTheSetupScript() throws IOException {
    Map<String, String> setup =
        functions("outbox/src/main/resources/dev/converge/outbox/setup.sql");

    assertThat(setup)
        .containsOnlyKeys("outbox_repair_slot", "outbox_replace_slot", "outbox_test_slot");
    assertThat(functions("infra/postgres/initdb/03-repair-functions.sql")).isEqualTo(setup);
  }
}
