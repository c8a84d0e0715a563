package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: valid texts of W3C Trace Context are parsed, and everything else counts as absent. Method:
 * texts on both sides of each rule; valid ones with one character changed.
 */
class TraceparentTest {
  private static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN_ID = "00f067aa0ba902b7";
  private static final String VALID = "00-" + TRACE_ID + "-" + SPAN_ID + "-01";

  @Test
  void parsesTraceParentAndFlags() {
    Traceparent read = Traceparent.parse(VALID).orElseThrow();

    assertThat(read.traceId()).isEqualTo(TRACE_ID);
    assertThat(read.context().getSpanId()).isEqualTo(SPAN_ID);
    assertThat(read.context().isSampled()).isTrue();
    assertThat(read.context().isRemote()).isTrue();
    assertThat(read.context().getTraceState().isEmpty()).isTrue();
    assertThat(read).hasToString(VALID);
    assertThat(Traceparent.parse("00-" + TRACE_ID + "-" + SPAN_ID + "-00").orElseThrow().context())
        .matches(context -> !context.isSampled());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"01-%s-%s-01", "fe-%s-%s-01", "cc-%s-%s-01-what-comes-later", "01-%s-%s-01-"})
  void parsesTheKnownPartOfALaterVersionAndWritesVersionZero(String text) {
    assertThat(Traceparent.valid(text.formatted(TRACE_ID, SPAN_ID))).isEqualTo(VALID);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "garbage",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-000f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\u06600",
        "00-4bf92f3577b34da6a3ce929d0e0e473\u0000-00f067aa0ba902b7-01"
      })
  void invalidTextCountsAsAbsent(@Nullable String text) {
    assertThat(Traceparent.parse(text)).isEmpty();
    assertThat(Traceparent.valid(text)).isNull();
    assertThat(Traceparent.parent(text)).isEqualTo(Context.root());
  }

  @Test
  void tooLongTextCountsAsAbsent() {
    String later = "01" + VALID.substring(2) + "-";

    assertThat(Traceparent.parse(later + "x".repeat(400))).isPresent();
    assertThat(Traceparent.parse(later + "x".repeat(500))).isEmpty();
    assertThat(Traceparent.parse("0".repeat(1_048_200))).isEmpty();
  }

  @Test
  void invalidSpanHasNoTraceparent() {
    assertThat(Traceparent.of(Span.getInvalid())).isEmpty();
    assertThat(Traceparent.of(Span.fromContext(Traceparent.parent(VALID))).orElseThrow())
        .hasToString(VALID);
  }

  @Test
  void writesAValidTraceparentForEveryParsedText() {
    Seed.forEach(
        2_000,
        seed -> {
          Random random = new Random(seed);
          StringBuilder text = new StringBuilder(VALID);
          text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
          Traceparent.parse(text.toString())
              .ifPresent(
                  read -> {
                    assertThat(read.toString()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
                    assertThat(Traceparent.parse(read.toString())).contains(read);
                  });
        });
  }
}
