package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopyBackoffTest {
  private static final OffsetDateTime NOON =
      Instant.parse("2026-01-01T12:00:00Z").atOffset(ZoneOffset.UTC);
  private static final Row ROW = new Row(new UUID(0, 1), NOON);

  @ParameterizedTest
  @CsvSource({"3, 1", "4, 2", "5, 4", "6, 8", "7, 10", "8, 10", "1000000, 10"})
  void laterCopiesWaitLonger(int copies, int minutes) {
    OffsetDateTime due = NOON.plus(Duration.ofMinutes(minutes));
    assertThat(postponed(copies, due.minusNanos(1_000))).isEqualTo(Map.of(ROW.id(), due));
    assertThat(postponed(copies, due)).isEmpty();
  }

  @Test
  void threeCopiesDoNotWait() {
    assertThat(CopyBackoff.postponed(List.of(ROW), Map.of(), NOON)).isEmpty();
    assertThat(postponed(1, NOON)).isEmpty();
    assertThat(postponed(2, NOON)).isEmpty();
  }

  private static Map<UUID, OffsetDateTime> postponed(int copies, OffsetDateTime now) {
    return CopyBackoff.postponed(List.of(ROW), Map.of(ROW.id(), copies), now);
  }
}
