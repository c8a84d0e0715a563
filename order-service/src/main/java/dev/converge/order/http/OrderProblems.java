package dev.converge.order.http;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import java.util.List;

/** Problems that several routes of the order service answer with. */
final class OrderProblems {
  private OrderProblems() {}

  static Problem noSuchOrder() {
    return Problem.of(ProblemType.NOT_FOUND, "no such order");
  }

  static Problem invalidParameter(String parameter, String rule) {
    return Problem.of(ProblemType.INVALID_PARAMETER, List.of(new Fault(parameter, rule)));
  }
}
