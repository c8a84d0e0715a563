package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: the operator log has a bound, and a flood of refused actions does not displace completed
 * ones. Method: lines and dead letters on either side of each bound, written by hand; the real
 * service prunes when it starts.
 */
@OwnPlatform
class OperatorLogRetentionIT {
  private static final TestPlatform PLATFORM = WithoutKafka.shared();

  private final Convergence convergence = new Convergence(PLATFORM);

  /** Before: the bounds count the lines of other tests, too. */
  @BeforeEach
  @AfterEach
  void emptyLog() {
    convergence.update("order", "TRUNCATE operator_action, dead_letter");
  }

  // More of the first than go in one batch.
  private static final String LINES =
      """
      INSERT INTO operator_action (id, operator, action, target, reason, outcome, detail)
      SELECT uuid_v7_floor(now() - age + n * interval '1 ms'), 'ada', kind || '-' || n, 't', 'r',
             outcome, detail
      FROM (VALUES ('old', interval '366 days', 12000, 'DONE', NULL),
                   ('done', interval '364 days', 5, 'DONE', NULL),
                   ('flood', interval '1 hour', 25000, 'REFUSED', 'not stuck'))
               AS kinds (kind, age, lines, outcome, detail),
           generate_series(1, lines) AS n
      """;

  private static final String DEAD_LETTERS =
      """
      INSERT INTO dead_letter (id, consumer, message_id, topic, partition_id, record_offset, headers,
                               reason, parked_at, replayed_at)
      SELECT uuid_v7_floor(now() - age), kind, gen_random_uuid(), 't', 0, 0, '{}', 'r', now() - age,
             replayed
      FROM (VALUES ('replayed-long-ago', interval '400 days', now() - interval '366 days'),
                   ('replayed-lately', interval '401 days', now() - interval '1 day'),
                   ('parked', interval '402 days', NULL::timestamptz))
               AS kinds (kind, age, replayed)
      """;

  @Test
  void completedActionsAreKeptForAYearAndOnlyTheNewestRefusedOnes() {
    convergence.update("order", LINES);
    convergence.update("order", DEAD_LETTERS);

    PLATFORM.platform().stop(Part.ORDER_SERVICE);
    PLATFORM.start(Part.ORDER_SERVICE);

    Awaitility.await("log pruned")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        convergence.strings(
                            "order",
                            """
                            SELECT split_part(action, '-', 1) || ' ' || count(*) || ' to '
                                   || max(split_part(action, '-', 2)::int)
                            FROM operator_action GROUP BY split_part(action, '-', 1) ORDER BY 1
                            """))
                    .isEqualTo(List.of("done 5 to 5", "flood 10000 to 25000")));
    assertThat(convergence.strings("order", "SELECT consumer FROM dead_letter ORDER BY 1"))
        .containsExactly("parked", "replayed-lately");
  }

  @Test
  void roleOfTheServiceCannotShortenTheRetention() {
    assertThatThrownBy(
            () -> convergence.strings("order", "SELECT operator_log_prune(29, 10000, 100)::text"))
        .hasStackTraceContaining("keep 30 days");
    assertThat(
            convergence.strings(
                "order",
                """
                SELECT has_function_privilege('order_service', 'operator_log_prune(int,int,int)', 'EXECUTE')
                       || ' ' || has_function_privilege('debezium', 'operator_log_prune(int,int,int)', 'EXECUTE')
                       || ' ' || has_table_privilege('order_service', 'operator_action', 'DELETE')
                """))
        .containsExactly("true false false");
  }
}
