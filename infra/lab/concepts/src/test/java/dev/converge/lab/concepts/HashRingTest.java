package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the sound ring and the jump hash keep their promises. Method: a few thousand order ids. */
class HashRingTest {
  private static final List<String> THREE = List.of("a", "b", "c");
  private static final List<String> FOUR = List.of("a", "b", "c", "d");
  private static final int VIRTUAL_NODES = 1_024;

  private final List<String> ids = OrderIds.of(1, 5_000);

  @Test
  void addedReplicaTakesItsShareAndMovesNothingElse() {
    HashRing before = new HashRing(THREE, VIRTUAL_NODES);
    HashRing after = new HashRing(FOUR, VIRTUAL_NODES);

    List<String> moved = ids.stream().filter(id -> before.select(id) != after.select(id)).toList();

    assertThat(moved).allMatch(id -> after.select(id) == 3);
    assertThat(moved.size()).isBetween(ids.size() / 5, ids.size() * 3 / 10);
  }

  @Test
  void removedReplicaMovesOnlyItsOwnKeys() {
    HashRing before = new HashRing(FOUR, VIRTUAL_NODES);
    HashRing after = new HashRing(List.of("a", "c", "d"), VIRTUAL_NODES);
    List<Integer> names = List.of(0, 2, 3);

    assertThat(ids)
        .filteredOn(id -> before.select(id) != 1)
        .allMatch(id -> names.get(after.select(id)) == before.select(id));
  }

  @Test
  void ringWithoutReplicasOrPointsIsRefused() {
    assertThatThrownBy(() -> new HashRing(List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HashRing(THREE, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void jumpHashMovesKeysToTheAddedReplicaOnly() {
    for (int replicas = 1; replicas < 20; replicas++) {
      int count = replicas;
      int moved = 0;
      for (String id : ids) {
        int before = JumpHash.select(Hash64.sound(id), count);
        int after = JumpHash.select(Hash64.sound(id), count + 1);
        assertThat(after).isIn(before, count);
        moved += before == after ? 0 : 1;
      }
      assertThat(moved / (double) ids.size()).isBetween(0.8 / (count + 1), 1.25 / (count + 1));
    }
  }

  @Test
  void orderIdsAreVersionSevenAndDistinct() {
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.charAt(14) == '7');
    assertThat(ids.stream().map(id -> id.substring(0, 13))).isSorted();
    assertThat(OrderIds.of(1, 5_000)).isEqualTo(ids);
    assertThat(OrderIds.of(2, 5_000)).doesNotContainAnyElementsOf(ids);
  }
}
