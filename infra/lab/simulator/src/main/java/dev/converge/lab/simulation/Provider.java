package dev.converge.lab.simulation;

import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The payment provider, with its own ledger. A charge that is repeated under its key gets the first
 * answer. An undo prevents a later charge.
 */
final class Provider {
  /** The status of a line of the ledger. */
  enum Status {
    CHARGED,
    DECLINED,
    REFUNDED,
    /** Undone before it was charged. */
    VOIDED
  }

  /** A line of the ledger. */
  record Line(UUID order, Status status, long amountMinor) {}

  static final String DECLINING_TOKEN = "tok_declined";

  private static final String NAME = "provider";
  private static final String CHARGED = PaymentCharged.class.getSimpleName();
  private static final String REFUNDED = PaymentRefunded.class.getSimpleName();

  private final World world;
  private final Map<String, Line> ledger = new LinkedHashMap<>();

  Provider(World world) {
    this.world = world;
  }

  Map<String, Line> ledger() {
    return ledger;
  }

  /** Charges, unless the key was charged, declined or undone before; returns whether it is. */
  boolean charge(UUID order, long amountMinor, String token) {
    String key =
        world.is(Broken.PAYMENT_WITHOUT_KEY) ? order + "/" + ledger.size() : order.toString();
    Line known = ledger.get(key);
    if (known == null) {
      Status status = token.equals(DECLINING_TOKEN) ? Status.DECLINED : Status.CHARGED;
      known = new Line(order, status, amountMinor);
      ledger.put(key, known);
      if (status == Status.CHARGED) {
        world.effects().add(order, CHARGED);
      }
    } else if (known.status() == Status.VOIDED) {
      world.count(CoveragePoint.CHARGE_BARRED_BY_ITS_UNDO);
    }
    world.trace().add(NAME, order, "charge -> " + known.status());
    return known.status() == Status.CHARGED;
  }

  /** Refunds if it was charged, and prevents a later charge. */
  void undo(UUID order) {
    String key = world.is(Broken.PAYMENT_WITHOUT_KEY) ? lastKey(order) : order.toString();
    Line known = ledger.get(key);
    if (known == null) {
      if (!world.is(Broken.UNDO_LEAVES_NO_BARRIER)) {
        ledger.put(key, new Line(order, Status.VOIDED, 0));
      }
    } else if (known.status() == Status.CHARGED) {
      ledger.put(key, new Line(order, Status.REFUNDED, known.amountMinor()));
      world.effects().add(order, REFUNDED);
    }
    world.trace().add(NAME, order, "undo");
  }

  private String lastKey(UUID order) {
    return ledger.entrySet().stream()
        .filter(line -> line.getValue().order().equals(order))
        .map(Map.Entry::getKey)
        .reduce((first, last) -> last)
        .orElseGet(order::toString);
  }

  /** The money held for an order, in minor units. */
  long held(UUID order) {
    return ledger.values().stream()
        .filter(line -> line.order().equals(order) && line.status() == Status.CHARGED)
        .mapToLong(Line::amountMinor)
        .sum();
  }
}
