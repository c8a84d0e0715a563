package dev.converge.lab.concepts;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How a holder reaches the locks and the prices: directly, or through links that can be cut.
 *
 * @param lockDatabase the port of PostgreSQL for the lock
 * @param priceDatabase the port of PostgreSQL for the prices
 * @param database the database of both
 * @param file of the file lock
 */
record LockAccess(
    int lockDatabase,
    int priceDatabase,
    String database,
    String user,
    List<Integer> zooKeeper,
    List<Integer> redis,
    String file) {
  private static final String HOST = "127.0.0.1";

  List<String> arguments() {
    return List.of(
        Integer.toString(lockDatabase),
        Integer.toString(priceDatabase),
        database,
        user,
        joined(zooKeeper),
        joined(redis),
        file);
  }

  static LockAccess parse(List<String> arguments) {
    return new LockAccess(
        Integer.parseInt(arguments.get(0)),
        Integer.parseInt(arguments.get(1)),
        arguments.get(2),
        arguments.get(3),
        ports(arguments.get(4)),
        ports(arguments.get(5)),
        arguments.get(6));
  }

  private static String joined(List<Integer> ports) {
    return ports.stream().map(port -> Integer.toString(port)).collect(Collectors.joining(","));
  }

  private static List<Integer> ports(String joined) {
    return joined.isEmpty()
        ? List.of()
        : Arrays.stream(joined.split(",", -1)).map(Integer::valueOf).toList();
  }

  String jdbc(int port) {
    return "jdbc:postgresql://" + HOST + ":" + port + "/" + database;
  }

  String zooKeeperAddresses() {
    return zooKeeper.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","));
  }

  List<String> redisAddresses() {
    return redis.stream().map(port -> "redis://" + HOST + ":" + port).toList();
  }
}
