package dev.converge.lab.transactionmanager;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.lab.schedule.SlowLink;
import dev.converge.lab.transactionmanager.LoadPlan.Planned;
import dev.converge.lab.transactionmanager.LoadResult.FinalState;
import dev.converge.lab.transactionmanager.LoadResult.Injected;
import dev.converge.lab.transactionmanager.LoadResult.Settings;
import dev.converge.lab.transactionmanager.Observation.Both;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The manager under the load and the faults of the experiments: one process that buys, between it
 * and the wallets' database a link. Before each fault the link is slow, until a branch is prepared
 * and undecided. Closing it ends the process.
 */
final class LoadRun implements AutoCloseable {
  private static final Duration CAUGHT_WITHIN = Duration.ofSeconds(3);
  private static final Duration SENDER_ENDS_WITHIN = Duration.ofSeconds(60);
  private static final int POLL_MILLIS = 20;

  private final TwoDatabases databases;
  private final Path folder;
  private final Settings settings;
  private final Duration quiescentWithin;
  private final Consumer<String> progress;
  private final Vertx vertx = Vertx.vertx();
  private final LinkProxy toWallets;
  private final int port;
  private final long begin;
  private CheckoutProcess checkout;

  /**
   * Starts the process.
   *
   * @param folder for the log of the manager and of the process
   * @param quiescentWithin how long to wait after the load until no branch is prepared
   */
  LoadRun(
      TwoDatabases databases,
      Path folder,
      Settings settings,
      Duration quiescentWithin,
      Consumer<String> progress)
      throws IOException, SQLException, InterruptedException {
    this.databases = databases;
    this.folder = Files.createDirectories(folder.resolve("load"));
    this.settings = settings;
    this.quiescentWithin = quiescentWithin;
    this.progress = progress;
    databases.createForLoad(CheckoutLoad.ITEMS, CheckoutLoad.WALLETS);
    this.toWallets = LinkProxy.to(vertx, databases.wallet().port());
    this.port = freePort();
    this.checkout = serve();
    this.begin = System.nanoTime();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private CheckoutProcess serve() throws IOException, InterruptedException {
    return CheckoutProcess.serve(
        port,
        folder,
        databases.stock(),
        databases.wallet().through(toWallets.port()),
        folder.resolve("checkout.log"));
  }

  LoadResult run() throws IOException, SQLException, InterruptedException {
    LoadPlan plan = LoadPlan.of(settings.seed(), settings.restart());
    CheckoutLoad load = new CheckoutLoad(port, settings, plan.lengthMillis());
    Thread sender = new Thread(load, "checkout-load");
    sender.setDaemon(true);
    List<Injected> injected = new ArrayList<>();
    try (InDoubtWatch watch = new InDoubtWatch(databases, this::millis)) {
      sender.start();
      for (Planned planned : plan.faults()) {
        boolean hitsVotes = planned.fault().hitsVotes();
        sleepUntil(planned.atMillis() - (hitsVotes ? (double) SlowLink.LEAD.toMillis() : 0));
        progress.accept(planned.fault().says());
        injected.add(inject(planned));
      }
      sender.join(plan.lengthMillis() + SENDER_ENDS_WITHIN.toMillis());
      progress.accept("waiting until nothing is prepared");
      FinalState rest = rest(load.bought());
      return new LoadResult(settings, plan, load.seconds(), injected, watch.samples(), rest);
    }
  }

  private double millis() {
    return (System.nanoTime() - begin) / 1e6;
  }

  private void sleepUntil(double atMillis) throws InterruptedException {
    Thread.sleep(Math.max(0, Math.round(atMillis - millis())));
  }

  // ---- faults

  private Injected inject(Planned planned) throws IOException, SQLException, InterruptedException {
    boolean caught = !planned.fault().hitsVotes() || slowUntilCaught();
    switch (planned.fault()) {
      case COORDINATOR_KILLED -> checkout.kill();
      case PARTICIPANT_KILLED -> databases.killWalletDatabase();
      case PARTITION -> toWallets.set(Mode.HALF_OPEN);
      case ANSWERS_LOST -> toWallets.set(Mode.ONE_WAY);
      case SLOW -> SlowLink.slow(toWallets);
      case ZOMBIE -> checkout.pause();
      case DATABASE_PAUSED -> databases.pauseWalletDatabase();
      case CONNECTIONS_TERMINATED -> {
        int unused = databases.terminateWalletBackend();
      }
    }
    double from = millis();
    if (planned.fault().hitsVotes() && planned.fault() != LoadFault.PARTITION) {
      toWallets.set(Mode.PASS);
    }
    sleepUntil(
        Math.max((double) planned.endMillis(), from + planned.fault().holdSeconds() * 1_000.0));
    switch (planned.fault()) {
      case COORDINATOR_KILLED -> checkout = serve();
      case PARTICIPANT_KILLED -> databases.startWalletDatabase();
      case PARTITION, ANSWERS_LOST, SLOW -> toWallets.set(Mode.PASS);
      case ZOMBIE -> checkout.resume();
      case DATABASE_PAUSED -> databases.resumeWalletDatabase();
      case CONNECTIONS_TERMINATED -> {
        // Nothing to heal: the manager opens new ones.
      }
    }
    return new Injected(planned.fault(), from, millis(), caught);
  }

  private boolean slowUntilCaught() throws SQLException, InterruptedException {
    SlowLink.slow(toWallets);
    Thread.sleep(SlowLink.LEAD.toMillis());
    long deadline = System.nanoTime() + CAUGHT_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      if (databases.prepared().wallet() > 0) {
        return true;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return false;
  }

  // ---- once quiescent

  private FinalState rest(Set<String> bought) throws SQLException, InterruptedException {
    long since = System.nanoTime();
    int left = prepared();
    while (left > 0 && System.nanoTime() - since < quiescentWithin.toNanos()) {
      Thread.sleep(POLL_MILLIS);
      left = prepared();
    }
    double seconds = (System.nanoTime() - since) / 1e9;
    Set<String> shipped = databases.shipped();
    Set<String> paid = databases.paid();
    Set<String> all = new HashSet<>(shipped);
    all.addAll(paid);
    return new FinalState(
        left == 0 ? seconds : -1,
        all.size(),
        without(shipped, paid),
        without(paid, shipped),
        Math.max(without(bought, shipped), without(bought, paid)),
        left,
        databases.sumsAreExact());
  }

  private int prepared() throws SQLException {
    Both prepared = databases.prepared();
    return prepared.stock() + prepared.wallet();
  }

  private static int without(Set<String> ids, Set<String> others) {
    return (int) ids.stream().filter(id -> !others.contains(id)).count();
  }

  @Override
  public void close() {
    checkout.close();
    vertx.close();
  }
}
