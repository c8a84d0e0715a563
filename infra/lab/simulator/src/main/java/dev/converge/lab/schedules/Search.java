package dev.converge.lab.schedules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every schedule of a model, breadth first: the first world of a kind that it meets is one of those
 * with the fewest steps.
 */
final class Search<W> {
  private static final int MAX_WORLDS = 2_000_000;

  private record Origin<W>(@Nullable W before, int move) {}

  private final Model<W> model;
  private final Map<W, Origin<W>> origins = new HashMap<>();
  private final List<W> inOrder = new ArrayList<>();
  private final Map<Violation, W> violations = new EnumMap<>(Violation.class);

  private Search(Model<W> model) {
    this.model = model;
  }

  /** Follows every schedule, and none beyond a violation that ends it. */
  static <W> Search<W> of(Model<W> model) {
    Search<W> search = new Search<>(model);
    search.follow();
    return search;
  }

  private void follow() {
    Deque<W> open = new ArrayDeque<>();
    meet(model.begin(Story.IGNORED), new Origin<>(null, -1), open);
    while (!open.isEmpty()) {
      W world = open.remove();
      List<Move<W>> moves = model.moves(world);
      for (int move = 0; move < moves.size(); move++) {
        meet(moves.get(move).apply(Story.IGNORED), new Origin<>(world, move), open);
      }
      if (inOrder.size() > MAX_WORLDS) {
        throw new IllegalStateException("more than " + MAX_WORLDS + " worlds");
      }
    }
  }

  private void meet(W world, Origin<W> origin, Deque<W> open) {
    if (origins.putIfAbsent(world, origin) != null) {
      return;
    }
    inOrder.add(world);
    Optional<Violation> violation = model.violation(world);
    violation.ifPresent(kind -> violations.putIfAbsent(kind, world));
    if (violation.isEmpty() || !violation.get().endsASchedule()) {
      open.add(world);
    }
  }

  /** How many different worlds there are. */
  int worlds() {
    return inOrder.size();
  }

  /** The violations that some schedule leads to. */
  List<Violation> violations() {
    return List.copyOf(violations.keySet());
  }

  /** The shortest schedule to a violation. */
  Optional<Schedule> shortest(Violation violation) {
    return Optional.ofNullable(violations.get(violation)).map(this::schedule);
  }

  /** The shortest schedule without a violation to a world of this kind. */
  Optional<Schedule> shortest(Predicate<W> wanted) {
    return inOrder.stream()
        .filter(world -> model.violation(world).isEmpty())
        .filter(wanted)
        .findFirst()
        .map(this::schedule);
  }

  private Schedule schedule(W end) {
    Deque<Integer> path = new ArrayDeque<>();
    for (Origin<W> origin = origins.get(end);
        origin != null && origin.before() != null;
        origin = origins.get(origin.before())) {
      path.addFirst(origin.move());
    }
    Story.Recorded story = new Story.Recorded();
    W world = model.begin(story);
    int last = 0;
    for (int move : path) {
      last = story.events().size();
      world = model.moves(world).get(move).apply(story);
    }
    return new Schedule(path.size(), story.events(), last, "");
  }
}
