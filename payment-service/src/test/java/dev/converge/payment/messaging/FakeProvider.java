package dev.converge.payment.messaging;

import dev.converge.payment.provider.PaymentProvider;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** A provider whose answers a test chooses. Records its calls. */
final class FakeProvider implements PaymentProvider {
  final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  volatile Function<ChargeRequest, Future<ChargeAnswer>> onCharge =
      request -> Future.succeededFuture(ChargeAnswer.APPROVED);

  @Override
  public Future<ChargeAnswer> charge(ChargeRequest request) {
    calls.add("charge " + request.key() + " " + request.amountMinor() + " " + request.currency());
    return onCharge.apply(request);
  }

  @Override
  public Future<Void> undo(UUID key) {
    calls.add("undo " + key);
    return Future.succeededFuture();
  }
}
