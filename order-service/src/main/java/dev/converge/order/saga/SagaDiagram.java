package dev.converge.order.saga;

import java.util.List;

/** Draws a saga's definition as a Mermaid state diagram, which docs/architecture.md shows. */
public final class SagaDiagram {
  private SagaDiagram() {}

  /** The diagram's source. */
  public static String mermaid(SagaDefinition definition) {
    List<SagaStep> steps = definition.steps();
    StringBuilder diagram = new StringBuilder("stateDiagram-v2\n");
    line(diagram, "[*]", steps.get(0).name(), "POST /orders");
    boolean undoable = true;
    String lastUndo = undo(steps.get(0));
    for (int i = 0; i < steps.size(); i++) {
      SagaStep step = steps.get(i);
      String next = i + 1 < steps.size() ? steps.get(i + 1).name() : "COMPLETED";
      line(diagram, step.name(), next, name(step.success()) + (step.isPivot() ? " (pivot)" : ""));
      String before = i == 0 ? "COMPENSATED" : undo(steps.get(i - 1));
      if (step.refusal() != null) {
        line(diagram, step.name(), before, name(step.refusal().reply()));
      }
      if (step.precondition() != null && i > 0) {
        line(diagram, steps.get(i - 1).name(), before, step.precondition().otherwise().name());
      }
      if (undoable) {
        String undone = step.undo() == null ? "" : name(step.undo().reply());
        line(diagram, step.name(), undo(step), "deadline, cancel");
        line(diagram, undo(step), before, undone);
        line(diagram, undo(step), undo(step), "deadline, again");
        line(diagram, undo(step), "STUCK", "too many attempts");
        line(diagram, "STUCK", undo(step), "retry");
        line(diagram, "STUCK", before, "late or skipped " + undone);
      } else {
        line(diagram, step.name(), step.name(), "deadline, again");
        line(diagram, step.name(), "STUCK", "too many attempts");
        line(diagram, "STUCK", step.name(), "retry");
        line(diagram, "STUCK", next, "late or skipped " + name(step.success()));
        line(diagram, "STUCK", lastUndo, "compensate");
      }
      lastUndo = undoable ? undo(step) : lastUndo;
      undoable = undoable && !step.isPivot();
    }
    line(diagram, "COMPLETED", "[*]", "OrderCompleted");
    line(diagram, "COMPENSATED", "[*]", "OrderRejected, OrderCancelled");
    return diagram.toString();
  }

  private static void line(StringBuilder diagram, String from, String to, String on) {
    diagram
        .append("    ")
        .append(id(from))
        .append(" --> ")
        .append(id(to))
        .append(": ")
        .append(on)
        .append('\n');
  }

  private static String undo(SagaStep step) {
    return "undo-" + step.name();
  }

  // A hyphen ends an identifier in Mermaid's state diagrams.
  private static String id(String state) {
    return state.replace('-', '_');
  }

  private static String name(@org.jspecify.annotations.Nullable Class<?> reply) {
    return reply == null ? "" : reply.getSimpleName();
  }
}
