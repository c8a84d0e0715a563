package dev.converge.lab.linearizability;

import static dev.converge.lab.linearizability.Operation.read;
import static dev.converge.lab.linearizability.Operation.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.linearizability.LinearizationSearch.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the search decides long histories with few clients, and admits when it does not know. */
class LinearizationSearchTest {
  @Test
  void longHistoryOfFewClientsIsDecided() {
    List<Operation> history = new ArrayList<>();
    for (int value = 1; value <= 2_000; value++) {
      long at = 10L * value;
      history.add(write(value, at, at + 6));
      history.add(read(value - 1, at - 1, at + 3));
      history.add(read(value, at + 4, at + 9));
    }
    assertThat(LinearizationSearch.of(history, 100_000)).isEqualTo(Answer.LINEARIZABLE);

    history.add(read(1_000, 20_050, 20_060));
    assertThat(LinearizationSearch.of(history, 100_000)).isEqualTo(Answer.NOT_LINEARIZABLE);
  }

  @Test
  void searchThatReachesItsBoundDoesNotKnow() {
    List<Operation> history = new ArrayList<>();
    for (int value = 1; value <= 20; value++) {
      history.add(write(value, 0, 100));
    }
    history.add(read(21, 200, 210));
    assertThat(LinearizationSearch.of(history, 1_000)).isEqualTo(Answer.UNKNOWN);
  }
}
