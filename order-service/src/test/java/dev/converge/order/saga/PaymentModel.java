package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** The payment and its provider: intent first, the call later, an answer that may be lost. */
final class PaymentModel {
  /** Sends a reply. */
  interface Replies {
    void reply(UUID id, SagaReply reply);
  }

  private static final int GIVES_UP_AFTER = 3;

  private enum PaymentStatus {
    CHARGING,
    CHARGED,
    DECLINED,
    VOIDING,
    REFUNDING,
    REFUNDED
  }

  private enum Entry {
    HELD,
    REFUSED,
    UNDONE
  }

  private final int losesPercent;
  private final Map<UUID, PaymentStatus> payments = new HashMap<>();
  private final Map<UUID, String> tokens = new HashMap<>();
  private final Map<UUID, String> reasons = new HashMap<>();
  private final Map<UUID, Integer> attempts = new HashMap<>();
  private final Map<UUID, Entry> ledger = new HashMap<>();
  private final Map<UUID, Integer> captures = new HashMap<>();

  PaymentModel(Random random) {
    this.losesPercent = List.of(0, 30, 95).get(random.nextInt(3));
  }

  void handle(UUID id, SagaCommand command, Replies replies) {
    PaymentStatus known = payments.get(id);
    if (command instanceof ChargePayment charge) {
      if (known == null) {
        payments.put(id, PaymentStatus.CHARGING);
        tokens.put(id, charge.paymentToken());
      } else if (known == PaymentStatus.CHARGED) {
        replies.reply(id, new PaymentCharged(id));
      } else if (known == PaymentStatus.DECLINED || known == PaymentStatus.REFUNDED) {
        replies.reply(id, new PaymentDeclined(id, reasons.getOrDefault(id, "CANCELLED")));
      }
      return;
    }
    assertThat(command).isInstanceOf(RefundPayment.class);
    if (known == null || known == PaymentStatus.DECLINED || known == PaymentStatus.REFUNDED) {
      payments.put(id, PaymentStatus.REFUNDED);
      replies.reply(id, new PaymentRefunded(id));
    } else {
      payments.put(id, PaymentStatus.REFUNDING);
    }
  }

  /** One call and its answer, which is lost by chance; says whether there was one to make. */
  @CanIgnoreReturnValue
  boolean providerTurn(UUID id, int luck, Replies replies) {
    PaymentStatus status = payments.get(id);
    if (status == PaymentStatus.CHARGING) {
      boolean declines = "tok_declined".equals(tokens.get(id));
      if (ledger.putIfAbsent(id, declines ? Entry.REFUSED : Entry.HELD) == null && !declines) {
        captures.merge(id, 1, Integer::sum);
      }
      if (luck < losesPercent && luck > 0) {
        if (attempts.merge(id, 1, Integer::sum) >= GIVES_UP_AFTER) {
          payments.put(id, PaymentStatus.VOIDING);
        }
      } else if (ledger.get(id) == Entry.HELD) {
        payments.put(id, PaymentStatus.CHARGED);
        replies.reply(id, new PaymentCharged(id));
      } else {
        decline(id, "CARD_DECLINED", replies);
      }
      return true;
    }
    if (status == PaymentStatus.VOIDING || status == PaymentStatus.REFUNDING) {
      ledger.put(id, Entry.UNDONE);
      if (luck >= losesPercent || luck == 0) {
        if (status == PaymentStatus.VOIDING) {
          decline(id, "PROVIDER_UNAVAILABLE", replies);
        } else {
          payments.put(id, PaymentStatus.REFUNDED);
          replies.reply(id, new PaymentRefunded(id));
        }
      }
      return true;
    }
    return false;
  }

  private void decline(UUID id, String reason, Replies replies) {
    payments.put(id, PaymentStatus.DECLINED);
    reasons.put(id, reason);
    replies.reply(id, new PaymentDeclined(id, reason));
  }

  boolean isRefunded(UUID id) {
    return payments.get(id) == PaymentStatus.REFUNDED;
  }

  boolean holdsMoneyOf(UUID id) {
    return ledger.get(id) == Entry.HELD;
  }

  int captures(UUID id) {
    return captures.getOrDefault(id, 0);
  }
}
