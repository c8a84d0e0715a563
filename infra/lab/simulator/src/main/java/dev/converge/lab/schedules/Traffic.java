package dev.converge.lab.schedules;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.CoordinatorPhase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The messages on their way, each once, in an order that does not depend on when they were sent. In
 * an untimely network a message stays after its delivery: it can arrive again, or never.
 *
 * @param proposals to the register
 */
record Traffic(List<Request> requests, List<Answer> answers, List<Decision> proposals) {
  static final Traffic NONE = new Traffic(List.of(), List.of(), List.of());

  private static final Comparator<Request> REQUESTS =
      Comparator.comparing(Request::event).thenComparing(Request::participant);
  private static final Comparator<Answer> ANSWERS =
      Comparator.comparing(Answer::participant)
          .thenComparing(Answer::asked)
          .thenComparing(Answer::state);

  Traffic {
    requests = List.copyOf(requests);
    answers = List.copyOf(answers);
    proposals = List.copyOf(proposals);
  }

  /** A request of the coordinator. */
  record Request(int participant, BranchEvent event) {}

  /**
   * A participant's answer.
   *
   * @param asked the phase of the coordinator in which it asked
   */
  record Answer(int participant, CoordinatorPhase asked, BranchState state) {}

  boolean isEmpty() {
    return requests.isEmpty() && answers.isEmpty() && proposals.isEmpty();
  }

  Traffic with(Request request) {
    return new Traffic(plus(requests, request, REQUESTS), answers, proposals);
  }

  Traffic with(Answer answer) {
    return new Traffic(requests, plus(answers, answer, ANSWERS), proposals);
  }

  Traffic with(Decision proposal) {
    return new Traffic(requests, answers, plus(proposals, proposal, Comparator.naturalOrder()));
  }

  Traffic withoutRequests(Predicate<Request> dropped) {
    return new Traffic(minus(requests, dropped), answers, proposals);
  }

  Traffic withoutAnswers(Predicate<Answer> dropped) {
    return new Traffic(requests, minus(answers, dropped), proposals);
  }

  Traffic withoutProposals(Predicate<Decision> dropped) {
    return new Traffic(requests, answers, minus(proposals, dropped));
  }

  private static <T> List<T> plus(List<T> messages, T message, Comparator<T> order) {
    if (messages.contains(message)) {
      return messages;
    }
    List<T> all = new ArrayList<>(messages);
    all.add(message);
    all.sort(order);
    return all;
  }

  private static <T> List<T> minus(List<T> messages, Predicate<T> dropped) {
    if (messages.stream().noneMatch(dropped)) {
      return messages;
    }
    List<T> kept = new ArrayList<>(messages);
    kept.removeIf(dropped);
    return kept;
  }
}
