package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: this version runs beside the version before, on tables of this one. Method: the commit
 * before the newest migration is checked out and built, and starts a platform; under load its
 * databases are migrated, instances of this version join, and those of the version before are
 * replaced one by one; the checker of the fault lab afterwards.
 */
@OwnPlatform
@Tag("campaign")
class VersionsBesideIT {
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);
  private static final int BETWEEN_CHANGES = 100;
  private static final long BUILT_WITHIN_MINUTES = 30;

  private final TestPlatform own = TestPlatform.create(Map.of());
  private final Platform platform = own.platform();
  private final Path root = platform.layout().root();
  private final Path before = root.resolve("target/version-before");
  private final Convergence convergence = new Convergence(own);
  private final List<ServiceInstance> further = new ArrayList<>();

  @BeforeEach
  void checkOutTheVersionBefore() throws Exception {
    assumeThat(root.resolve(".git")).as("history").exists();
    String newest =
        run(root, "git", "log", "-1", "--format=%H", "--", "*/migration/V*.sql", "*/db/*/V*.sql");
    assertThat(newest).matches("[0-9a-f]{40}");
    if (Files.exists(before)) {
      run(root, "git", "worktree", "remove", "--force", before.toString());
    }
    run(root, "git", "worktree", "add", "--detach", before.toString(), newest + "^");
  }

  @AfterEach
  void end() throws Exception {
    further.forEach(ServiceInstance::kill);
    own.close();
    run(root, "git", "worktree", "remove", "--force", before.toString());
  }

  @Test
  void instancesOfTheVersionBeforeAreReplacedOneByOneUnderLoad() throws Exception {
    startTheVersionBefore();
    assertThat(migrations()).as("version before lacks a migration").isLessThan(known());
    SteadyOrders orders = new SteadyOrders(2, platform.ports().url(Part.ORDER_SERVICE));
    orders.awaitMore(BETWEEN_CHANGES);

    // Its instances run on the tables of this version.
    for (Part database : Topology.databaseParts()) {
      platform.startWithTables(database);
    }
    assertThat(migrations()).isEqualTo(known());
    orders.awaitMore(BETWEEN_CHANGES);

    // Both versions share the partitions.
    for (Part service : Topology.serviceParts()) {
      ServiceInstance beside =
          ServiceInstance.beside(platform, service, service.id() + "-new").start();
      further.add(beside);
      if (service == Part.ORDER_SERVICE) {
        orders.add(beside.url());
      }
      orders.awaitMore(BETWEEN_CHANGES);
    }
    // The processes of the version before end; those in their place are of this one.
    for (Part service : Topology.serviceParts()) {
      platform.stop(service);
      platform.start(service);
      orders.awaitMore(BETWEEN_CHANGES);
    }

    orders.end();
    convergence.await(QUIET_WITHIN);
    convergence.assertHolds();
    convergence.assertSagasMatchOrders();
    convergence.assertNothingWasPublishedAgain();
    orders.assertEachIsThereOnce(convergence);
    System.out.println("VersionsBesideIT: " + orders);
  }

  private void startTheVersionBefore() throws Exception {
    // Its command reads the ports from the state folder.
    platform.ports().save(platform.layout().state());
    run(
        before,
        before.resolve("converge").toString(),
        "up",
        "-d",
        "--state",
        platform.layout().state().toString());
  }

  private int migrations() {
    return Integer.parseInt(
        convergence
            .strings(
                "order",
                "SELECT ((SELECT count(*) FROM outbox_schema_history WHERE type = 'SQL')"
                    + " + (SELECT count(*) FROM defaults_schema_history WHERE type = 'SQL')"
                    + " + (SELECT count(*) FROM schema_history WHERE type = 'SQL'))::text")
            .get(0));
  }

  private int known() {
    return MIGRATIONS_OF_ORDERS.stream().mapToInt(folder -> sqlFiles(root.resolve(folder))).sum();
  }

  private static final List<String> MIGRATIONS_OF_ORDERS =
      List.of(
          "outbox/src/main/resources/dev/converge/outbox/migration",
          "infra/service-defaults/src/main/resources/dev/converge/service/migration",
          "order-service/src/main/resources/db/order");

  private static int sqlFiles(Path folder) {
    try (var files = Files.list(folder)) {
      return (int) files.filter(file -> file.toString().endsWith(".sql")).count();
    } catch (IOException e) {
      throw new AssertionError(folder.toString(), e);
    }
  }

  private static String run(Path in, String... command) throws Exception {
    Path log = Files.createTempFile("version-before", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      boolean ended = process.waitFor(BUILT_WITHIN_MINUTES, TimeUnit.MINUTES);
      String output = Files.readString(log, StandardCharsets.UTF_8).strip();
      assertThat(ended && process.exitValue() == 0)
          .as(String.join(" ", command) + "\n" + output)
          .isTrue();
      return output;
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(log);
    }
  }
}
