package dev.converge.lab.protocols;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * The orders of one protocol: one unit of one item each, paid from one of many wallets. Pure: with
 * the same seed, the orders of two protocols differ only in the protocol, which is in all names, so
 * that they share no key, item or wallet.
 */
final class OrderSource {
  /** The price of an order. */
  static final long PRICE_MINOR = 100;

  private static final int ITEMS = 100;
  private static final int WALLETS = 200;
  private static final String HOT = "hot";

  /** The item and the wallet of the order whose messages are shown. */
  private static final String TRACED = "traced";

  private final CommitProtocol protocol;
  private final double hotShare;
  private final Random random;

  /**
   * @param hotShare of the orders that are for the same item
   * @param seed of the orders and their keys; no two sources of one protocol may share it on one
   *     database
   */
  OrderSource(CommitProtocol protocol, double hotShare, long seed) {
    this.protocol = protocol;
    this.hotShare = hotShare;
    this.random = new Random(seed);
  }

  /** An order to place. */
  record NewOrder(CommitProtocol protocol, String key, String body) {}

  /** The items that orders of a protocol are for. */
  static List<String> items(CommitProtocol protocol) {
    List<String> items = new ArrayList<>(List.of(item(protocol, HOT), item(protocol, TRACED)));
    for (int number = 0; number < ITEMS; number++) {
      items.add(item(protocol, Integer.toString(number)));
    }
    return items;
  }

  /** The wallets that pay for orders of a protocol. */
  static List<String> wallets(CommitProtocol protocol) {
    List<String> wallets = new ArrayList<>(List.of(wallet(protocol, TRACED)));
    for (int number = 0; number < WALLETS; number++) {
      wallets.add(wallet(protocol, Integer.toString(number)));
    }
    return wallets;
  }

  /** The beginning of the items' names, which no other protocol's have. */
  static String itemPrefix(CommitProtocol protocol) {
    return protocol.id() + ".";
  }

  /** The beginning of the wallets' tokens, which no other protocol's have. */
  static String walletPrefix(CommitProtocol protocol) {
    return "tok_wallet_" + protocol.token() + "_";
  }

  private static String item(CommitProtocol protocol, String name) {
    return itemPrefix(protocol) + name;
  }

  private static String wallet(CommitProtocol protocol, String name) {
    return walletPrefix(protocol) + name;
  }

  /** The next order. */
  NewOrder next() {
    String item = random.nextDouble() < hotShare ? HOT : Integer.toString(random.nextInt(ITEMS));
    return order(item, Integer.toString(random.nextInt(WALLETS)));
  }

  /** The order whose messages are shown: it has an item and a wallet of its own. */
  NewOrder traced() {
    return order(TRACED, TRACED);
  }

  /** The item that the hot share of the orders is for. */
  static String hotItem(CommitProtocol protocol) {
    return item(protocol, HOT);
  }

  static String tracedItem(CommitProtocol protocol) {
    return item(protocol, TRACED);
  }

  static String tracedWallet(CommitProtocol protocol) {
    return wallet(protocol, TRACED);
  }

  private NewOrder order(String item, String wallet) {
    // Random, like clients' keys: consecutive keys are not neighbours in the index.
    String key = new UUID(random.nextLong(), random.nextLong()) + "." + protocol.id();
    String body =
        "{\"customerId\":\"lab\",\"currency\":\"EUR\",\"paymentToken\":\""
            + wallet(protocol, wallet)
            + "\",\"lines\":[{\"sku\":\""
            + item(protocol, item)
            + "\",\"quantity\":1,\"unitPriceMinor\":"
            + PRICE_MINOR
            + "}]}";
    return new NewOrder(protocol, key, body);
  }
}
