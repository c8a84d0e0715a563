package dev.converge.payment.http;

import dev.converge.payment.provider.ProviderSwitches;
import dev.converge.payment.provider.ProviderSwitches.Behaviour;
import dev.converge.payment.provider.SimulatedProvider;
import dev.converge.payment.provider.SimulatedProvider.LedgerEntry;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** The API of the simulated provider: its switches and its ledger. */
public final class ProviderRoutes {
  private static final int MAX_DELAY_MILLIS = 60_000;

  private final SimulatedProvider provider;

  public ProviderRoutes(SimulatedProvider provider) {
    this.provider = provider;
  }

  /** Reads the body of {@code PUT /provider}. Without a delay, the current one stays. */
  static ProviderSwitches switches(BodyObject body, int delayNow) {
    BodyFaults faults = body.faults();
    String name = faults.required("/behaviour", body.text("behaviour"), "");
    Optional<Behaviour> behaviour =
        Arrays.stream(Behaviour.values()).filter(known -> known.name().equals(name)).findAny();
    faults.rule(
        "/behaviour",
        behaviour.isPresent(),
        "must be one of " + Arrays.toString(Behaviour.values()));
    Integer given = body.int32("delayMillis");
    int delayMillis = given == null ? delayNow : given;
    faults.rule(
        "/delayMillis",
        delayMillis >= 0 && delayMillis <= MAX_DELAY_MILLIS,
        "must be 0 to " + MAX_DELAY_MILLIS);
    return new ProviderSwitches(behaviour.orElse(Behaviour.NORMAL), delayMillis);
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.get("/provider").handler(this::show);
    router.put("/provider").handler(this::set);
    router.get("/provider/charges/:orderId").handler(this::find);
  }

  private void show(RoutingContext request) {
    DatabaseConfig.inTime(provider.held())
        .onSuccess(held -> Answers.json(request, 200, state(held).encode()))
        .onFailure(request::fail);
  }

  private void set(RoutingContext request) {
    int delayNow = provider.switches().delayMillis();
    provider.set(JsonBody.read(request, body -> switches(body, delayNow)));
    show(request);
  }

  private void find(RoutingContext request) {
    DatabaseConfig.inTime(provider.find(RequestParameters.pathUuid(request, "orderId")))
        .onSuccess(found -> answer(request, found))
        .onFailure(request::fail);
  }

  private static void answer(RoutingContext request, Optional<LedgerEntry> found) {
    found.ifPresentOrElse(
        entry -> Answers.json(request, 200, json(entry).encode()),
        () -> request.fail(Problem.of(ProblemType.NOT_FOUND, "no such charge")));
  }

  static JsonObject json(LedgerEntry entry) {
    JsonObject json =
        new JsonObject().put("key", entry.key().toString()).put("status", entry.status());
    if (!entry.status().equals(SimulatedProvider.VOIDED)) {
      json.put("amountMinor", entry.amountMinor()).put("currency", entry.currency());
    }
    return json.put("requests", entry.requests());
  }

  private JsonObject state(Map<String, BigInteger> held) {
    // As text: a JSON number is exact only up to 2^53.
    JsonObject heldMinor = new JsonObject();
    held.forEach((currency, sum) -> heldMinor.put(currency, sum.toString()));
    return new JsonObject()
        .put("behaviour", provider.switches().behaviour().name())
        .put("delayMillis", provider.switches().delayMillis())
        .put("heldMinor", heldMinor);
  }
}
