package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.OrderSource.NewOrder;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: each protocol gets the same orders, and none meets those of another. */
class OrderSourceTest {
  private static final int ORDERS = 500;

  private static List<NewOrder> orders(CommitProtocol protocol, long seed) {
    OrderSource source = new OrderSource(protocol, 0.2, seed);
    return Stream.generate(source::next).limit(ORDERS).toList();
  }

  /** An order without the protocol in its names. */
  private static String withoutNames(NewOrder order) {
    CommitProtocol protocol = order.protocol();
    String key = order.key();
    assertThat(key).endsWith("." + protocol.id());
    return key.substring(0, key.length() - protocol.id().length())
        + order
            .body()
            .replace(OrderSource.itemPrefix(protocol), "")
            .replace(OrderSource.walletPrefix(protocol), "");
  }

  private static List<String> withoutNames(List<NewOrder> orders) {
    return orders.stream().map(OrderSourceTest::withoutNames).toList();
  }

  @Test
  void ordersOfTwoProtocolsDifferOnlyInTheirNames() {
    Seed.forEach(
        20,
        seed -> {
          List<String> first = withoutNames(orders(CommitProtocol.SAGA, seed));
          for (CommitProtocol protocol : CommitProtocol.values()) {
            assertThat(withoutNames(orders(protocol, seed))).isEqualTo(first);
          }
          assertThat(withoutNames(orders(CommitProtocol.SAGA, seed + 1))).isNotEqualTo(first);
        });
  }

  @Test
  void noTwoProtocolsShareAKeyAnItemOrAWallet() {
    Set<String> keys = new HashSet<>();
    Set<String> names = new HashSet<>();
    int sent = 0;
    int filled = 0;
    for (CommitProtocol protocol : CommitProtocol.values()) {
      orders(protocol, 7).forEach(order -> keys.add(order.key()));
      sent += ORDERS;
      for (List<String> of : List.of(OrderSource.items(protocol), OrderSource.wallets(protocol))) {
        names.addAll(of);
        filled += of.size();
      }
    }
    assertThat(keys).hasSize(sent);
    assertThat(names).hasSize(filled);
  }

  @Test
  void namesOfNoProtocolBeginWithThePrefixOfAnother() {
    for (CommitProtocol protocol : CommitProtocol.values()) {
      for (CommitProtocol other : CommitProtocol.values()) {
        if (protocol != other) {
          assertThat(OrderSource.items(other))
              .noneMatch(name -> name.startsWith(OrderSource.itemPrefix(protocol)));
          assertThat(OrderSource.wallets(other))
              .noneMatch(name -> name.startsWith(OrderSource.walletPrefix(protocol)));
        }
      }
    }
  }

  @Test
  void loadsOfOneProtocolShareNoKey() {
    Settings settings = new Settings(21, List.of(), 20, 0.2, false);
    List<String> keys = new ArrayList<>();
    for (int purpose : List.of(-2, -1, 2, 101, 102)) {
      orders(CommitProtocol.SAGA, settings.seed(purpose)).forEach(order -> keys.add(order.key()));
    }
    assertThat(keys).doesNotHaveDuplicates();
  }
}
