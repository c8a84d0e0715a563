package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.InvariantResult.Violation;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The invariants of the databases once nothing is in progress. They are the checker's own, so that
 * system tests and the fault lab share one definition of "converged". They need neither the topics
 * nor a client's history.
 */
public final class DatabaseInvariants {
  private DatabaseInvariants() {}

  /** The violations by the databases, a line each. */
  public static List<String> violations(Books books) {
    Evidence evidence = Evidence.of(books);
    List<InvariantResult> results = new ArrayList<>(ordersAndSagas(evidence));
    results.add(MoneyAndStockInvariants.moneyOfOrder(evidence));
    results.add(MoneyAndStockInvariants.moneyInAll(evidence));
    results.add(MoneyAndStockInvariants.stockWhenQuiescent(evidence));
    results.add(PublicationInvariants.copies(evidence));
    results.add(handledOnce(evidence));
    results.add(sequences(evidence));
    return lines(results);
  }

  /** The violations by orders, sagas, their timelines and the published ends, a line each. */
  public static List<String> violationsOfOrders(Books books) {
    return lines(ordersAndSagas(Evidence.of(books)));
  }

  private static List<InvariantResult> ordersAndSagas(Evidence evidence) {
    return List.of(SagaInvariants.termination(evidence), SagaInvariants.timelines(evidence));
  }

  private static List<String> lines(List<InvariantResult> results) {
    List<String> lines = new ArrayList<>();
    for (InvariantResult result : results) {
      for (Violation violation : result.violations()) {
        String order = violation.orderId() == null ? "" : " (order " + violation.orderId() + ")";
        lines.add(result.says() + ": " + violation.what() + order);
      }
    }
    return lines;
  }

  private static InvariantResult handledOnce(Evidence evidence) {
    Check check = new Check();
    for (Topology.Topic topic : Topology.consumedTopics()) {
      String consumer = Topology.consumerOf(topic.name()).orElseThrow();
      Set<String> sent =
          evidence.messages().stream()
              .filter(row -> row.topic().equals(topic.name()))
              .map(OutboxRow::id)
              .collect(Collectors.toCollection(TreeSet::new));
      List<String> handled =
          evidence.inbox().stream()
              .filter(row -> row.consumer().equals(consumer))
              .map(InboxRow::messageId)
              .sorted()
              .toList();
      check.that(
          handled.equals(List.copyOf(sent)),
          null,
          "%s: sent %s, handled %s",
          topic.name(),
          sent,
          handled);
    }
    return check.result("I19", "every message sent is handled once, and nothing else is");
  }

  private static InvariantResult sequences(Evidence evidence) {
    Check check = new Check();
    Map<String, List<Long>> sequences =
        evidence.messages().stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.domain() + " " + row.orderId(),
                    Collectors.mapping(OutboxRow::sequence, Collectors.toList())));
    sequences.forEach(
        (aggregate, numbers) ->
            check.that(
                Set.copyOf(numbers).size() == numbers.size()
                    && numbers.stream().allMatch(number -> number <= numbers.size()),
                null,
                "%s has the sequences %s",
                aggregate,
                numbers));
    return check.result("I17", "the sequence of each aggregate has no gap");
  }
}
