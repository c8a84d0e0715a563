package dev.converge.commitment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a transaction has one name, and other text is refused. Method: examples. */
class GlobalIdTest {
  private static final UUID TRANSACTION = UUID.fromString("018f3c5e-1111-7222-8333-444444444444");
  private static final String TEXT =
      "2pc-quorum.018f3c5e-1111-7222-8333-444444444444.inventory_order_payment";

  private static final GlobalId ID =
      new GlobalId("2pc-quorum", TRANSACTION, List.of("payment", "order", "inventory", "order"));

  @Test
  void participantsAreSortedAndEachIsNamedOnce() {
    assertThat(ID.text()).isEqualTo(TEXT);
    assertThat(ID.participants()).containsExactly("inventory", "order", "payment");
  }

  @Test
  void nameIsReadAsItWasWritten() {
    assertThat(GlobalId.parse(TEXT)).contains(ID);
  }

  @Test
  void nameConsistsOfUnreservedCharacters() {
    assertThat(TEXT).matches("[A-Za-z0-9._~-]+");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2pc",
        "2pc.018f3c5e-1111-7222-8333-444444444444",
        "2pc.018f3c5e-1111-7222-8333-444444444444.",
        "2pc.018F3C5E-1111-7222-8333-444444444444.payment",
        "2pc.018f3c5e-1111-7222-8333-444444444444.payment_inventory",
        "2pc.018f3c5e-1111-7222-8333-444444444444.payment_payment",
        "2pc.018f3c5e-1111-7222-8333-444444444444.pay'ment",
        "2pc.018f3c5e-1111-7222-8333-444444444444.payment ",
        "2pc/018f3c5e-1111-7222-8333-444444444444/payment",
        "2PC.018f3c5e-1111-7222-8333-444444444444.payment"
      })
  void otherTextIsRefused(String text) {
    assertThat(GlobalId.parse(text)).isEmpty();
  }

  @Test
  void nameHasAtMost199Bytes() {
    String fits = "a".repeat(199 - "2pc..".length() - 36);
    assertThat(new GlobalId("2pc", TRANSACTION, List.of(fits)).text()).hasSize(199);
    assertThatThrownBy(() -> new GlobalId("2pc", TRANSACTION, List.of(fits + "a")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(GlobalId.parse("2pc." + TRANSACTION + "." + fits + "a")).isEmpty();
  }

  @Test
  void transactionHasParticipants() {
    assertThatThrownBy(() -> new GlobalId("2pc", TRANSACTION, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
