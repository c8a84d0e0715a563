package dev.converge.lab.transactionmanager;

import dev.converge.lab.transactionmanager.Observation.Both;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/** Runs scenarios, one after the other. */
final class Scenarios {
  private static final Duration STEP = Duration.ofSeconds(60);
  private static final Duration DATABASE_DOWN = Duration.ofSeconds(5);
  // Longer than the driver's timeout.
  private static final Duration DATABASE_PAUSED = Duration.ofSeconds(8);
  private static final int SAMPLE_MILLIS = 50;

  private final TwoDatabases databases;
  private final Path folder;
  private final Duration recoveredWithin;

  /**
   * @param folder for logs of the manager and of the process
   * @param recoveredWithin how long to wait until no branch is prepared
   */
  Scenarios(TwoDatabases databases, Path folder, Duration recoveredWithin) {
    this.databases = databases;
    this.folder = folder;
    this.recoveredWithin = recoveredWithin;
  }

  Observation run(Scenario scenario) throws IOException, SQLException, InterruptedException {
    databases.reset();
    Path store = Files.createDirectories(folder.resolve(scenario.name()));
    Path log = folder.resolve(scenario.name() + ".log");
    try (CheckoutProcess checkout =
        CheckoutProcess.start("buy", scenario.moment(), store, databases, log)) {
      return switch (scenario) {
        case NO_FAULT -> observed(scenario, answer(checkout), "", System.nanoTime());
        case COORDINATOR_KILLED_BEFORE_ITS_DECISION,
            COORDINATOR_KILLED_AFTER_ITS_DECISION,
            COORDINATOR_KILLED_BETWEEN_COMMITS ->
            killed(scenario, checkout, store, log);
        case PARTICIPANT_DATABASE_KILLED -> withoutDatabase(scenario, checkout);
        case PARTICIPANT_DATABASE_PAUSED -> withPausedDatabase(scenario, checkout);
        case BACKEND_TERMINATED_AFTER_PREPARE -> withoutBackend(scenario, checkout, store, log);
      };
    }
  }

  private static void awaitMoment(CheckoutProcess checkout, Scenario scenario)
      throws InterruptedException {
    String reached = checkout.await("at ", STEP);
    if (!reached.equals(scenario.moment().name())) {
      throw new IllegalStateException("stopped at " + reached);
    }
  }

  private static void awaitRecovery(CheckoutProcess next) throws InterruptedException {
    String rest = next.await("recovering", STEP);
    if (!rest.isEmpty()) {
      throw new IllegalStateException(rest);
    }
  }

  private static String answer(CheckoutProcess checkout) throws InterruptedException {
    return checkout.await("outcome ", STEP);
  }

  private Observation killed(Scenario scenario, CheckoutProcess checkout, Path store, Path log)
      throws IOException, SQLException, InterruptedException {
    awaitMoment(checkout, scenario);
    checkout.kill();
    long struck = System.nanoTime();
    try (CheckoutProcess next = recovery(store, log)) {
      awaitRecovery(next);
      return observed(scenario, "NONE", "", struck);
    }
  }

  private Observation withoutDatabase(Scenario scenario, CheckoutProcess checkout)
      throws IOException, SQLException, InterruptedException {
    awaitMoment(checkout, scenario);
    databases.killWalletDatabase();
    long struck = System.nanoTime();
    checkout.proceed();
    String answer = answer(checkout);
    Thread.sleep(DATABASE_DOWN.toMillis());
    databases.startWalletDatabase();
    return observed(scenario, answer, checkout.failure(), struck);
  }

  private Observation withPausedDatabase(Scenario scenario, CheckoutProcess checkout)
      throws IOException, SQLException, InterruptedException {
    awaitMoment(checkout, scenario);
    databases.pauseWalletDatabase();
    long struck = System.nanoTime();
    checkout.proceed();
    Thread.sleep(DATABASE_PAUSED.toMillis());
    databases.resumeWalletDatabase();
    return observed(scenario, answer(checkout), checkout.failure(), struck);
  }

  // The recovery in the same process has its chance, then that of a new one.
  private Observation withoutBackend(
      Scenario scenario, CheckoutProcess checkout, Path store, Path log)
      throws IOException, SQLException, InterruptedException {
    awaitMoment(checkout, scenario);
    if (databases.terminateWalletBackend() != 1) {
      throw new IllegalStateException("not one connection to the wallet");
    }
    long struck = System.nanoTime();
    checkout.proceed();
    String answer = answer(checkout);
    Observation before = observed(scenario, answer, checkout.failure(), struck);
    if (before.isConsistent()) {
      return before;
    }
    checkout.kill();
    try (CheckoutProcess next = recovery(store, log)) {
      awaitRecovery(next);
      return observed(scenario, answer, checkout.failure(), struck);
    }
  }

  private CheckoutProcess recovery(Path store, Path log) throws IOException {
    return CheckoutProcess.start("recover", Moment.NONE, store, databases, log);
  }

  private Observation observed(Scenario scenario, String answer, String driver, long struck)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + recoveredWithin.toNanos();
    int prepared = prepared();
    while (prepared > 0 && System.nanoTime() < deadline) {
      Thread.sleep(SAMPLE_MILLIS);
      prepared = prepared();
    }
    double seconds = (System.nanoTime() - struck) / 1e9;
    return new Observation(
        scenario.words(),
        answer,
        driver,
        prepared == 0 ? seconds : -1,
        databases.taken(),
        databases.prepared());
  }

  private int prepared() throws SQLException {
    Both prepared = databases.prepared();
    return prepared.stock() + prepared.wallet();
  }
}
