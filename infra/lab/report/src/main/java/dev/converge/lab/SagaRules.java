package dev.converge.lab;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The saga as the checker and the simulator expect it: the legal transitions, the awaited replies,
 * and the replies that may follow each other. It is written separately from the order service,
 * which must not check itself. A new step of the saga is one line of {@link #PLACE_ORDER}.
 */
public final class SagaRules {
  /** The saga that places an order. */
  public static final SagaRules PLACE_ORDER =
      new SagaRules(
          "charge-payment",
          new Step("reserve-stock", "inventory", "StockReserved", "StockRefused")
              .undoneBy("ReleaseStock", "StockReleased"),
          new Step("charge-payment", "payment", "PaymentCharged", "PaymentDeclined")
              .undoneBy("RefundPayment", "PaymentRefunded"),
          new Step("ship-stock", "inventory", "StockShipped", null));

  /**
   * A step.
   *
   * @param participant the domain of the service that executes it
   * @param success the reply that moves the saga on
   * @param refusal the reply that nothing was done; null if the participant cannot refuse
   * @param undo the command that undoes the step; null after the pivot
   * @param undone the reply to it
   */
  public record Step(
      String name,
      String participant,
      String success,
      @Nullable String refusal,
      @Nullable String undo,
      @Nullable String undone) {
    /** A step without an undo. */
    public Step(String name, String participant, String success, @Nullable String refusal) {
      this(name, participant, success, refusal, null, null);
    }

    /** The same with the command that undoes it, and the reply to that. */
    public Step undoneBy(String command, String reply) {
      return new Step(name, participant, success, refusal, command, reply);
    }

    private List<String> replies() {
      return Stream.of(success, refusal, undone).filter(Objects::nonNull).toList();
    }
  }

  private final List<Step> steps;
  private final int pivot;
  private final Set<String> transitions = new HashSet<>();
  private final Map<String, String> awaitedIn = new HashMap<>();
  private final Set<String> answers = new HashSet<>();

  /**
   * The rules of a saga.
   *
   * @param pivot the name of the step after which the saga only goes forward
   */
  public SagaRules(String pivot, Step... steps) {
    this.steps = List.of(steps);
    this.pivot = this.steps.stream().map(Step::name).toList().indexOf(pivot);
    if (this.pivot < 0) {
      throw new IllegalArgumentException("no step is named " + pivot);
    }
    for (int at = 0; at < steps.length; at++) {
      running(at);
      stuckOrCompensating(at);
      awaited(this.steps.get(at));
      answers(at);
    }
  }

  /** The state in which every saga starts. */
  public String start() {
    return "RUNNING " + steps.get(0).name();
  }

  /**
   * Whether a signal may move a saga from one state to another.
   *
   * @param from a status and a step, such as {@code RUNNING ship-stock}
   */
  public boolean isLegal(String from, String signal, String to) {
    return transitions.contains(from + " -" + signal + "-> " + to);
  }

  /**
   * All legal transitions, such as {@code STUCK ship-stock -RetryRequested-> RUNNING ship-stock}.
   */
  public Set<String> transitions() {
    return Set.copyOf(transitions);
  }

  /** The state in which a saga awaits a reply; null where the reply is unknown. */
  public @Nullable String awaitedIn(String reply) {
    return awaitedIn.get(reply);
  }

  /** Whether a message is a reply of a participant. */
  public boolean isReply(String message) {
    return awaitedIn.containsKey(message);
  }

  /**
   * The replies of a participant that may follow each other, such as {@code StockReserved ->
   * StockShipped}.
   */
  public Set<String> answers() {
    return Set.copyOf(answers);
  }

  /** The names of the steps, in their order. */
  public List<String> steps() {
    return steps.stream().map(Step::name).toList();
  }

  /** The steps with their replies, in their order. */
  public List<Step> stepsWithReplies() {
    return steps;
  }

  /** The replies that take an order from step to step to its completion. */
  public List<String> successes() {
    return steps.stream().map(Step::success).toList();
  }

  /** The commands that undo a step, in the order of the steps. */
  public List<String> undos() {
    return steps.stream().map(Step::undo).filter(Objects::nonNull).toList();
  }

  /** How many messages an order without disturbance has: commands, replies, and its end. */
  public long messagesOfAnOrder() {
    return 2L * steps.size() + 1;
  }

  private String state(String status, int at) {
    return status + " " + steps.get(at).name();
  }

  private void legal(String from, @Nullable String signal, String to) {
    if (signal != null) {
      transitions.add(from + " -" + signal + "-> " + to);
    }
  }

  /** The state of a saga after a step has succeeded. */
  private String after(int at) {
    return at + 1 == steps.size() ? state("COMPLETED", at) : state("RUNNING", at + 1);
  }

  /** The state of a saga after a step was undone or refused. */
  private String before(int at) {
    return at == 0 ? state("COMPENSATED", 0) : state("COMPENSATING", at - 1);
  }

  private void running(int at) {
    Step step = steps.get(at);
    String running = state("RUNNING", at);
    legal(running, step.success(), after(at));
    legal(running, step.refusal(), before(at));
    if (at <= pivot) {
      // "Maybe done": the step that timed out is undone too.
      legal(running, "DeadlinePassed", state("COMPENSATING", at));
      legal(running, "CancelRequested", state("COMPENSATING", at));
    } else {
      legal(running, "DeadlinePassed", running);
      legal(running, "DeadlinePassed", state("STUCK", at));
    }
  }

  private void stuckOrCompensating(int at) {
    Step step = steps.get(at);
    String stuck = state("STUCK", at);
    if (at > pivot) {
      legal(stuck, step.success(), after(at));
      legal(stuck, "RetryRequested", state("RUNNING", at));
      legal(stuck, "SkipRequested", after(at));
      legal(stuck, "CompensateRequested", state("COMPENSATING", pivot));
    } else {
      String compensating = state("COMPENSATING", at);
      legal(compensating, step.undone(), before(at));
      legal(compensating, "DeadlinePassed", compensating);
      legal(compensating, "DeadlinePassed", stuck);
      legal(stuck, step.undone(), before(at));
      legal(stuck, "RetryRequested", compensating);
      legal(stuck, "SkipRequested", before(at));
    }
  }

  private void awaited(Step step) {
    awaitedIn.put(step.success(), "RUNNING " + step.name());
    if (step.refusal() != null) {
      awaitedIn.put(step.refusal(), "RUNNING " + step.name());
    }
    if (step.undone() != null) {
      awaitedIn.put(step.undone(), "COMPENSATING " + step.name());
    }
  }

  // An undone or refused step never succeeds later, and a step without an undo is final.
  private void answers(int at) {
    Step step = steps.get(at);
    for (String reply : step.replies()) {
      answer(reply, reply);
    }
    answer(step.success(), step.undone());
    answer(step.refusal(), step.undone());
    answer(step.undone(), step.refusal());
    for (Step later : steps.subList(at + 1, steps.size())) {
      if (later.participant().equals(step.participant())) {
        later.replies().forEach(reply -> answer(step.success(), reply));
        answer(later.refusal(), step.undone());
        answer(later.undone(), step.undone());
      }
    }
  }

  private void answer(@Nullable String first, @Nullable String next) {
    if (first != null && next != null) {
      answers.add(first + " -> " + next);
    }
  }
}
