package dev.converge.commitment.http;

import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Spans;
import dev.converge.commitment.protocol.BranchState;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;

/** Asks the register of decisions, and the other participants over HTTP. */
public final class RemoteOthers implements Participant.Others {
  private static final String ASK_STATE = "ASK_STATE";

  private final String self;
  private final ParticipantClient client;
  private final BiFunction<GlobalId, Context, Future<Decision>> register;
  private final Spans spans;

  /**
   * @param self the name of the service that asks
   * @param register proposes abort, and returns the registered decision
   */
  public RemoteOthers(
      String self,
      ParticipantClient client,
      BiFunction<GlobalId, Context, Future<Decision>> register,
      Instruments instruments) {
    this.self = self;
    this.client = client;
    this.register = register;
    this.spans = new Spans(instruments.tracer());
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id, Context trace) {
    return register.apply(id, trace);
  }

  @Override
  public Future<List<BranchState>> peers(GlobalId id, Context trace) {
    List<Future<BranchState>> asked = new ArrayList<>();
    for (String participant : id.participants()) {
      if (!participant.equals(self)) {
        asked.add(ask(participant, id, trace));
      }
    }
    return Future.join(asked).transform(done -> Future.succeededFuture(answered(asked)));
  }

  private Future<BranchState> ask(String participant, GlobalId id, Context trace) {
    return spans.request(
        ASK_STATE, participant, id, trace, question -> client.state(participant, id, question));
  }

  private static List<BranchState> answered(List<Future<BranchState>> asked) {
    return asked.stream().map(Future::result).filter(Objects::nonNull).toList();
  }
}
