package dev.converge.order.http;

import dev.converge.order.domain.OrderProtocol;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/** The Converge-Protocol header: how an order is committed. Without it, by the saga. */
final class ProtocolHeader {
  private static final String NAME = "Converge-Protocol";

  private ProtocolHeader() {}

  static OrderProtocol read(RoutingContext request) {
    return protocol(request.request().headers().getAll(NAME));
  }

  static OrderProtocol protocol(List<String> values) {
    if (values.isEmpty()) {
      return OrderProtocol.SAGA;
    }
    Optional<OrderProtocol> known =
        values.size() == 1 ? OrderProtocol.of(values.get(0).strip()) : Optional.empty();
    return known.orElseThrow(ProtocolHeader::unknown);
  }

  private static Problem unknown() {
    return Problem.of(
        ProblemType.UNKNOWN_PROTOCOL,
        List.of(new Fault(NAME, "must be one of " + String.join(", ", OrderProtocol.labels()))));
  }

  static Problem disabled(OrderProtocol protocol) {
    return Problem.of(
        ProblemType.PROTOCOL_DISABLED,
        protocol.label() + " is off; start the platform with: ./converge up --protocols");
  }
}
