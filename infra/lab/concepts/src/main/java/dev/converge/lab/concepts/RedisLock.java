package dev.converge.lab.concepts;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A key that expires, on one Redis server, or on a majority of several: then it is Redlock, as
 * described in Redis' documentation. One server also counts its holders; several have no common
 * counter.
 */
final class RedisLock implements NightlyLock {
  private static final String KEY = "nightly-price-change";
  private static final long CONNECTS_WITHIN_SECONDS = 20;
  private static final long ANSWERS_WITHIN_SECONDS = 5;

  /** Redlock's allowance for clocks that run at different speeds: 1 % and 2 ms. */
  private static final double DRIFT = 0.01;

  private static final String ACQUIRE =
      """
      if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
        return redis.call('incr', KEYS[2])
      end
      return 0
      """;
  private static final String RELEASE =
      """
      if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
      return 0
      """;

  private final Vertx vertx = Vertx.vertx();
  private final List<RedisConnection> servers = new ArrayList<>();
  private final long leaseMillis;
  private String value = "";
  private long until = System.nanoTime();

  RedisLock(List<String> addresses, long leaseMillis) throws TimeoutException {
    this.leaseMillis = leaseMillis;
    for (String address : addresses) {
      servers.add(
          Redis.createClient(vertx, address)
              .connect()
              .await(CONNECTS_WITHIN_SECONDS, TimeUnit.SECONDS));
    }
  }

  @Override
  public OptionalLong tryAcquire() throws TimeoutException {
    value = UUID.randomUUID().toString();
    long asked = System.nanoTime();
    List<Integer> tokens = onAll(ACQUIRE, List.of(KEY, KEY + "-token"), leaseMillis);
    long acquired = tokens.stream().filter(token -> token > 0).count();
    until = asked + (long) ((leaseMillis * (1 - DRIFT) - 2) * 1_000_000);
    if (acquired > servers.size() / 2 && mayHold()) {
      return OptionalLong.of(servers.size() == 1 ? tokens.get(0) : 0);
    }
    if (acquired > 0) {
      release();
    }
    return OptionalLong.empty();
  }

  private List<Integer> onAll(String script, List<String> keys, long millis)
      throws TimeoutException {
    List<Future<Response>> answers = new ArrayList<>();
    for (RedisConnection server : servers) {
      Request request = Request.cmd(Command.EVAL).arg(script).arg(keys.size());
      keys.forEach(request::arg);
      answers.add(server.send(request.arg(value).arg(millis)));
    }
    List<Integer> results = new ArrayList<>();
    for (Future<Response> answer : answers) {
      results.add(
          answer
              .map(Response::toInteger)
              .otherwise(0)
              .await(ANSWERS_WITHIN_SECONDS, TimeUnit.SECONDS));
    }
    return results;
  }

  @Override
  public boolean mayHold() {
    return System.nanoTime() < until;
  }

  @Override
  public void release() throws TimeoutException {
    List<Integer> unused = onAll(RELEASE, List.of(KEY), 0);
  }

  @Override
  public void end() throws TimeoutException {
    vertx.close().await(CONNECTS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }
}
