package dev.converge.payment.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.provider.SimulatedProvider.LedgerEntry;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Goal: the ledger shows an amount only for a charge. Method: entries as they are answered. */
class ProviderRoutesTest {
  @Test
  void chargeShowsItsAmount() {
    LedgerEntry refunded = new LedgerEntry(UUID.randomUUID(), "REFUNDED", 1290, "EUR", 2);

    assertThat(ProviderRoutes.json(refunded).getMap())
        .containsEntry("amountMinor", 1290L)
        .containsEntry("currency", "EUR");
  }

  @Test
  void tombstoneShowsNoAmount() {
    LedgerEntry voided = new LedgerEntry(UUID.randomUUID(), "VOIDED", 0, "XXX", 1);

    assertThat(ProviderRoutes.json(voided).fieldNames())
        .containsExactlyInAnyOrder("key", "status", "requests");
  }
}
