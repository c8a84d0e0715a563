package dev.converge.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** Goal: an unexpected number of written rows fails the transaction. */
class RowCountsTest {
  @Test
  void expectedRowCountIsASuccess() {
    assertThat(RowCounts.expect("saga", 2, 2).succeeded()).isTrue();
  }

  @Test
  void anotherNumberIsAFailureWithTheTablesName() {
    Future<Void> fewer = RowCounts.expect("saga", 1, 2);

    assertThat(fewer.cause())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("saga rows written: 1 (expected: 2)");
    assertThat(RowCounts.expect("saga", 3, 2).failed()).isTrue();
  }
}
