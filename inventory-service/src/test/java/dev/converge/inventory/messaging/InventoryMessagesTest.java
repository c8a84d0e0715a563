package dev.converge.inventory.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockCommand.ReleaseStock;
import dev.converge.inventory.domain.StockCommand.ReserveStock;
import dev.converge.inventory.domain.StockCommand.ShipStock;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.UnprocessableMessageException;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: each command is decoded, and nothing else is taken for one. Method: a message of each. */
class InventoryMessagesTest {
  private static final UUID ORDER = new UUID(0, 1);

  private static StockCommand command(String type, String fields) {
    return InventoryMessages.command(
        new InboundMessage(
            new UUID(0, 9),
            "dev.converge.inventory." + type + ".v1",
            ORDER.toString(),
            "{\"orderId\":\"%s\"%s}".formatted(ORDER, fields),
            null,
            null,
            null,
            null,
            new InboundMessage.Source("any", 0, 0)));
  }

  @Test
  void decodesEachCommand() {
    assertThat(command("ReserveStock", ",\"lines\":[{\"sku\":\"apple\",\"quantity\":3}]"))
        .isEqualTo(new ReserveStock(ORDER, List.of(new ReservationLine("apple", 3))));
    assertThat(command("ReleaseStock", "")).isEqualTo(new ReleaseStock(ORDER));
    assertThat(command("ShipStock", "")).isEqualTo(new ShipStock(ORDER));
  }

  @Test
  void refusesAReplyAsACommand() {
    assertThatThrownBy(() -> assertThat(command("StockReserved", "")).isNull())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("dev.converge.inventory.StockReserved.v1 is not a command");
  }

  @Test
  void everyMessageIsACommandOrAReply() {
    assertThat(
            Stream.of(InventoryMessages.Command.class, InventoryMessages.Reply.class)
                .flatMap(kind -> Stream.of(kind.getPermittedSubclasses())))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(InventoryMessages.class.getDeclaredClasses())
                .filter(Class::isRecord)
                .toList());
  }
}
