package dev.converge.lab.transactionmanager;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The process that buys under load, as a coordinator with the manager's recovery: {@code POST
 * /ID/ITEM/WALLET} answers 201 if {@code commit()} returns, else 503.
 *
 * <p>Arguments: the port, the folder of the log, and the databases of stock and wallets. It ends
 * with its input.
 */
public final class CheckoutServer {
  private static final Pattern SLASH = Pattern.compile("/");
  private static final int WORKERS = 16;
  private static final int MAX_WAITING = 256;

  /** Longer than a database may take to prepare, the driver's timeout: else recovery is too early. */
  private static final Duration ORPHANS_AFTER = Duration.ofSeconds(8);

  private static final int BOUGHT = 201;
  private static final int FAILED = 503;

  private final Purchases purchases;

  private CheckoutServer(Purchases purchases) {
    this.purchases = purchases;
  }

  public static void main(String[] arguments) throws Exception {
    String password = System.getenv("CHECKOUT_PASSWORD");
    Narayana.configure(Path.of(arguments[1]), ORPHANS_AFTER);
    XaDatabase stock = XaDatabase.parse(arguments[2], password);
    XaDatabase wallets = XaDatabase.parse(arguments[3], password);
    Narayana.recover(List.of(stock, wallets));
    CheckoutServer checkout = new CheckoutServer(new Purchases(stock, wallets));
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
            0);
    server.setExecutor(
        new ThreadPoolExecutor(
            WORKERS, WORKERS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING)));
    server.createContext("/", checkout::answer);
    server.start();
    System.out.println("@serving");
    System.out.flush();
    while (System.in.read() >= 0) {
      // Only the end of the input means something.
    }
    Runtime.getRuntime().halt(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    List<String> path =
        SLASH.splitAsStream(exchange.getRequestURI().getPath().substring(1)).toList();
    int status = buy(path.get(0), Integer.parseInt(path.get(1)), Integer.parseInt(path.get(2)));
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private int buy(String id, int item, int wallet) {
    try {
      purchases.buy(id, item, wallet);
      return BOUGHT;
    } catch (Exception failure) {
      System.out.println(id + ": " + failure);
      return FAILED;
    }
  }
}
