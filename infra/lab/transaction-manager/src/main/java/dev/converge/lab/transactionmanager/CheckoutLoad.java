package dev.converge.lab.transactionmanager;

import dev.converge.lab.transactionmanager.LoadResult.Second;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Sends purchases at a fixed rate, however long their answers take. A seed determines them. */
final class CheckoutLoad implements Runnable {
  static final int ITEMS = 100;
  static final int WALLETS = 200;

  /** The item of the hot share. */
  private static final int HOT = ITEMS;

  private static final Duration ANSWER_WITHIN = Duration.ofMillis(2_500);
  private static final int BOUGHT = 201;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();
  private final URI server;
  private final LoadResult.Settings settings;
  private final long lengthMillis;
  private final Random random;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<CompletableFuture<Void>> sent = new ArrayList<>();

  /** An answer; status 0 for none. */
  private record Answer(String id, int second, int status) {}

  CheckoutLoad(int port, LoadResult.Settings settings, long lengthMillis) {
    this.server = URI.create("http://127.0.0.1:" + port + "/");
    this.settings = settings;
    this.lengthMillis = lengthMillis;
    this.random = new Random(settings.seed());
  }

  @Override
  public void run() {
    long begin = System.nanoTime();
    long orders = Math.round(lengthMillis / 1e3 * settings.ordersPerSecond());
    for (int number = 0; number < orders; number++) {
      long dueNanos = (long) (number * 1e9 / settings.ordersPerSecond());
      try {
        TimeUnit.NANOSECONDS.sleep(begin + dueNanos - System.nanoTime());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      send(number, (int) (dueNanos / 1_000_000_000));
    }
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
  }

  private void send(int number, int second) {
    String id = settings.seed() + "-" + number;
    int item = random.nextDouble() < settings.hotShare() ? HOT : random.nextInt(ITEMS);
    URI target = server.resolve(id + "/" + item + "/" + random.nextInt(WALLETS));
    HttpRequest request =
        HttpRequest.newBuilder(target)
            .timeout(ANSWER_WITHIN)
            .POST(BodyPublishers.noBody())
            .build();
    sent.add(
        client
            .sendAsync(request, BodyHandlers.discarding())
            .handle((answer, failed) -> answer == null ? 0 : answer.statusCode())
            .thenAccept(status -> answers.add(new Answer(id, second, status))));
  }

  /** The purchases by second. */
  List<Second> seconds() {
    int[][] counts = new int[(int) ((lengthMillis + 999) / 1_000)][4];
    for (Answer answer : answers) {
      int[] of = counts[Math.min(answer.second(), counts.length - 1)];
      of[0]++;
      of[answer.status() == BOUGHT ? 1 : answer.status() == 0 ? 3 : 2]++;
    }
    List<Second> seconds = new ArrayList<>();
    for (int at = 0; at < counts.length; at++) {
      seconds.add(new Second(at, counts[at][0], counts[at][1], counts[at][2], counts[at][3]));
    }
    return seconds;
  }

  /** The ids of the purchases that were answered 201. */
  Set<String> bought() {
    Set<String> ids = new HashSet<>();
    answers.stream()
        .filter(answer -> answer.status() == BOUGHT)
        .forEach(answer -> ids.add(answer.id()));
    return ids;
  }
}
