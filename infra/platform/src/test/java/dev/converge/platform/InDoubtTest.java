package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Goal: the command line counts the sessions that wait for a branch as its service does. Method:
 * the two queries as text, because this module cannot depend on the library. {@code
 * BranchInDoubtIT} compares their results.
 */
class InDoubtTest {
  private static final Path OF_THE_SERVICE =
      Path.of(System.getProperty("converge.root", "../.."))
          .resolve(
              "commitment/src/main/java/dev/converge/commitment/postgres/BranchesInDoubt.java");

  @Test
  void waitersAreCountedByTheSameQuery() throws IOException {
    String service = Files.readString(OF_THE_SERVICE);

    assertThat(waiters(InDoubt.QUERY)).contains("pg_blocking_pids").isEqualTo(waiters(service));
  }

  private static String waiters(String text) {
    String from = "lock AS MATERIALIZED (";
    String to = "WHERE database = current_database()\n";
    int begin = text.indexOf(from);
    return text.substring(begin, text.indexOf(to, begin)).replaceAll("(?m)^ +", "");
  }
}
