package dev.converge.payment.http;

import dev.converge.contracts.Currencies;
import dev.converge.payment.provider.Wallets;
import dev.converge.payment.provider.Wallets.Amount;
import dev.converge.payment.provider.Wallets.Deposited;
import dev.converge.payment.provider.Wallets.Wallet;
import dev.converge.service.http.Answers;
import dev.converge.service.http.HeldRow;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /wallets/{token}}, {@code PUT /wallets/{token}}: wallets at the simulated provider.
 */
public final class WalletRoutes {
  private static final long MAX_MINOR = 9_007_199_254_740_991L;

  private final Pool pool;
  private final Wallets wallets;

  public WalletRoutes(Pool pool, Wallets wallets) {
    this.pool = pool;
    this.wallets = wallets;
  }

  /** The body of {@code PUT /wallets/{token}}. */
  record Balance(String currency, long minor) {}

  /** Reads the body of {@code PUT /wallets/{token}}. */
  static Balance balance(BodyObject body) {
    BodyFaults faults = body.faults();
    String currency = faults.required("/currency", body.text("currency"), "");
    faults.rule(
        "/currency",
        Currencies.isActive(currency),
        "must be one of " + String.join(", ", Currencies.active()));
    long minor = faults.required("/balanceMinor", body.int64("balanceMinor"), 0L);
    faults.rule("/balanceMinor", minor >= 0 && minor <= MAX_MINOR, "must be 0 to " + MAX_MINOR);
    return new Balance(currency, minor);
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.get("/wallets/:token").handler(this::find);
    router.put("/wallets/:token").handler(this::set);
  }

  private void find(RoutingContext request) {
    DatabaseConfig.inTime(wallets.find(pool, token(request)))
        .onSuccess(found -> answer(request, found))
        .onFailure(request::fail);
  }

  private void set(RoutingContext request) {
    String token = token(request);
    Balance balance = JsonBody.read(request, WalletRoutes::balance);
    Amount amount = new Amount(token, balance.currency(), balance.minor());
    DatabaseConfig.inTime(wallets.set(pool, amount, MAX_MINOR))
        .recover(cause -> HeldRow.explain(cause, () -> wallets.holder(pool, token)))
        .onSuccess(set -> answerSet(request, set))
        .onFailure(request::fail);
  }

  private static void answerSet(RoutingContext request, Optional<Deposited> set) {
    set.ifPresentOrElse(deposited -> answer(request, deposited), () -> request.fail(notSet()));
  }

  private static Problem notSet() {
    return Problem.of(
        ProblemType.UNPROCESSABLE,
        List.of(
            new Problem.Fault(
                "",
                "the wallet has another currency, or more than "
                    + MAX_MINOR
                    + " would be deposited")));
  }

  private static void answer(RoutingContext request, Deposited deposited) {
    Wallet wallet = deposited.wallet();
    if (deposited.isNew()) {
      request.response().putHeader(HttpHeaders.LOCATION, "/wallets/" + wallet.token());
    }
    Answers.json(request, deposited.isNew() ? 201 : 200, json(wallet).encode());
  }

  private static void answer(RoutingContext request, Optional<Wallet> found) {
    found.ifPresentOrElse(
        wallet -> Answers.json(request, 200, json(wallet).encode()),
        () -> request.fail(Problem.of(ProblemType.NOT_FOUND, "no such wallet")));
  }

  private static JsonObject json(Wallet wallet) {
    return new JsonObject()
        .put("token", wallet.token())
        .put("currency", wallet.currency())
        .put("balanceMinor", wallet.balanceMinor())
        .put("heldMinor", wallet.heldMinor())
        .put("spentMinor", wallet.spentMinor())
        .put("depositedMinor", wallet.depositedMinor());
  }

  private static String token(RoutingContext request) {
    String token = String.valueOf(request.pathParam("token"));
    if (!Wallets.isWallet(token)) {
      throw Problem.of(
          ProblemType.INVALID_PARAMETER,
          List.of(new Problem.Fault("token", "must match " + Wallets.TOKEN.pattern())));
    }
    return token;
  }
}
