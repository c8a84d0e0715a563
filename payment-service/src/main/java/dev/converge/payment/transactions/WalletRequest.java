package dev.converge.payment.transactions;

import dev.converge.commitment.GlobalId;
import dev.converge.contracts.Currencies;
import dev.converge.contracts.MessageFields;
import dev.converge.payment.provider.Wallets.Amount;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.regex.Pattern;

/** The work that is requested of the payment in a transaction: the money that an order costs. */
record WalletRequest(UUID orderId, Amount amount) {
  private static final Pattern WALLET = Pattern.compile("tok_wallet[A-Za-z0-9_]{0,54}");

  /**
   * The request as it arrives, checked.
   *
   * @throws dev.converge.service.http.problem.Problem with the fields at fault
   */
  static WalletRequest read(GlobalId id, JsonObject request) {
    return JsonBody.parse(request.encode(), body -> read(id, body));
  }

  /** A request that was checked when it arrived, and stored. */
  static WalletRequest stored(GlobalId id, JsonObject request) {
    return new WalletRequest(
        id.transaction(),
        new Amount(
            request.getString("token"),
            request.getString("currency"),
            request.getLong("amountMinor")));
  }

  private static WalletRequest read(GlobalId id, BodyObject body) {
    BodyFaults faults = body.faults();
    String order = id.transaction().toString();
    String orderId = faults.required("/orderId", body.text("orderId"), "");
    faults.rule("/orderId", orderId.equals(order), "must be " + order + ", as in the path");
    String token = faults.required("/token", body.text("token"), "");
    faults.rule("/token", WALLET.matcher(token).matches(), "must match " + WALLET.pattern());
    long minor = faults.required("/amountMinor", body.int64("amountMinor"), 0L);
    faults.rule(
        "/amountMinor",
        minor >= 1 && minor <= MessageFields.MAX_AMOUNT_MINOR,
        "must be 1 to " + MessageFields.MAX_AMOUNT_MINOR);
    String currency = faults.required("/currency", body.text("currency"), "");
    faults.rule(
        "/currency", Currencies.isActive(currency), "must be an active currency of ISO 4217");
    return new WalletRequest(id.transaction(), new Amount(token, currency, minor));
  }
}
