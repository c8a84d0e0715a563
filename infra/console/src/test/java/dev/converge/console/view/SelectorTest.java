package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a selector means the samples that Prometheus selects. Method: selectors and samples. */
class SelectorTest {
  private static Scrape.Sample request(String status) {
    return new Scrape.Sample("requests_count", Map.of("status", status, "method", "POST"), 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "requests_count|true",
        "requests_count{status=\"503\"}|true",
        "requests_count{status=\"50\"}|false",
        "requests_count{status=~\"5..\"}|true",
        "requests_count{status=~\"50\"}|false",
        "requests_count{status!~\"5..\"}|false",
        "requests_count{status!=\"200\",method=\"POST\"}|true",
        "requests_count{status!=\"200\",method=\"GET\"}|false",
        "requests_count{absent=\"\"}|true",
        "requests_count{absent=\"x\"}|false",
        "requests|false"
      })
  void sampleIsMeantIfEveryConditionHolds(String selector, boolean meant) {
    assertThat(Selector.parse(selector).matches(request("503"))).isEqualTo(meant);
    assertThat(Selector.parse(selector)).hasToString(selector);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a{",
        "a{b=c}",
        "a{b=\"c\",}",
        "a{b=\"c\" ,d=\"e\"}",
        "a{}",
        "sum(a)",
        "a[5m]"
      })
  void otherTextIsRefused(String text) {
    assertThatThrownBy(() -> Selector.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void patternsAreLeftOutWhereASampleMayBeAbsent() {
    assertThat(Selector.parse("a{b=\"c\",d=~\"e\",f!=\"g\"}").withoutPatterns())
        .hasToString("a{b=\"c\"}");
  }
}
