package dev.converge.outbox.housekeeping;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks whether one of Kafka's addresses can be reached. */
final class KafkaAddress {
  private static final int CONNECT_WITHIN_MS = 2_000;

  private final NetClient net;
  private final List<SocketAddress> addresses;

  /**
   * @param bootstrapServers as Kafka's clients take them: {@code host:port}, with commas
   */
  KafkaAddress(Vertx vertx, String bootstrapServers) {
    this.net = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_WITHIN_MS));
    this.addresses = List.of(bootstrapServers.split(",")).stream().map(KafkaAddress::of).toList();
  }

  static SocketAddress of(String address) {
    String text = address.strip();
    int colon = text.lastIndexOf(':');
    return SocketAddress.inetSocketAddress(
        Integer.parseInt(text.substring(colon + 1)),
        text.substring(0, colon).replaceAll("[\\[\\]]", ""));
  }

  /** Why Kafka is unreachable; null if one of its addresses can be reached. Never fails. */
  Future<@Nullable String> unreachable() {
    return tryFrom(0);
  }

  private Future<@Nullable String> tryFrom(int at) {
    return net.connect(addresses.get(at))
        .compose(socket -> socket.close())
        .transform(
            tried ->
                tried.succeeded()
                    ? Future.succeededFuture(null)
                    : at + 1 < addresses.size()
                        ? tryFrom(at + 1)
                        : Future.succeededFuture(String.valueOf(tried.cause().getMessage())));
  }
}
