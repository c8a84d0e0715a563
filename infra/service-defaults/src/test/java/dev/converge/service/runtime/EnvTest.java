package dev.converge.service.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service starts with its configuration or with defaults, or reports all faults together.
 * Method: handwritten environments.
 */
class EnvTest {
  @Test
  void missingVariablesHaveDefaults() {
    Env env = new Env(Map.of("EMPTY", ""));

    assertThat(env.text("TEXT", "a")).isEqualTo("a");
    assertThat(env.text("EMPTY", "b")).isEqualTo("b");
    assertThat(env.integer("NUMBER", 5, 1, 10)).isEqualTo(5);
    assertThat(env.duration("TIME", Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(30));
    assertThat(env.uri("URI", "http://a:1")).isEqualTo(URI.create("http://a:1"));
    assertThatCode(env::check).doesNotThrowAnyException();
    assertThat(env.effective())
        .isEqualTo(
            Map.of("TEXT", "a", "EMPTY", "b", "NUMBER", "5", "TIME", "PT30S", "URI", "http://a:1"));
  }

  @Test
  void readsVariables() {
    Env env =
        new Env(Map.of("TEXT", "x", "NUMBER", "10", "TIME", "PT0.5S", "URI", "http://b:8083"));

    assertThat(env.text("TEXT", "a")).isEqualTo("x");
    assertThat(env.integer("NUMBER", 5, 1, 10)).isEqualTo(10);
    assertThat(env.duration("TIME", Duration.ofSeconds(30))).isEqualTo(Duration.ofMillis(500));
    assertThat(env.uri("URI", "http://a:1")).isEqualTo(URI.create("http://b:8083"));
    assertThatCode(env::check).doesNotThrowAnyException();
  }

  @Test
  void textOutsideItsSetIsReported() {
    Env env = new Env(Map.of("RULE", "abort", "OTHER", "maybe"));

    assertThat(env.oneOf("RULE", "commit", "abort")).isEqualTo("abort");
    assertThat(env.oneOf("ABSENT", "commit", "abort")).isEqualTo("commit");
    assertThat(env.oneOf("OTHER", "commit", "abort")).isEqualTo("commit");
    assertThatThrownBy(env::check).hasMessageContaining("OTHER: maybe (expected: commit, abort)");
  }

  @Test
  void allFaultsAreReportedTogetherAndTheDefaultsUsedMeanwhile() {
    Env env =
        new Env(
            Map.of("LOW", "0", "HIGH", "11", "WORD", "ten", "TIME", "30", "URI", "https://a:1"));

    assertThat(env.integer("LOW", 5, 1, 10)).isEqualTo(5);
    assertThat(env.integer("HIGH", 5, 1, 10)).isEqualTo(5);
    assertThat(env.integer("WORD", 5, 1, 10)).isEqualTo(5);
    assertThat(env.duration("TIME", Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
    assertThat(env.uri("URI", "http://a:1")).isEqualTo(URI.create("http://a:1"));
    assertThatThrownBy(env::check)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "LOW: 0", "HIGH: 11", "WORD: ten", "TIME: 30", "URI: https://a:1", "1 to 10");
  }

  @Test
  void durationsArePositive() {
    for (String wrong : new String[] {"PT0S", "-PT1S", "PT0.0001S", "P1M", "soon"}) {
      Env env = new Env(Map.of("TIME", wrong));
      assertThat(env.duration("TIME", Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
      assertThatThrownBy(env::check).hasMessageContaining("TIME: " + wrong);
    }
  }

  @Test
  void durationCanHaveBounds() {
    Duration least = Duration.ofSeconds(1);
    Duration most = Duration.ofSeconds(15);
    for (String right : new String[] {"PT1S", "PT2.5S", "PT15S"}) {
      Env env = new Env(Map.of("TIME", right));
      assertThat(env.duration("TIME", most, least, most)).isEqualTo(Duration.parse(right));
      assertThatCode(env::check).doesNotThrowAnyException();
    }
    for (String wrong : new String[] {"PT0.999S", "PT15.001S", "PT1H", "-PT2S", "15"}) {
      Env env = new Env(Map.of("TIME", wrong));
      assertThat(env.duration("TIME", most, least, most)).isEqualTo(most);
      assertThatThrownBy(env::check).hasMessageContaining("TIME: " + wrong + " (expected: an ISO");
    }
  }

  @Test
  void urisNameHostAndPort() {
    for (String wrong : new String[] {"http://a", "a:1", "http://:1", "http://a b:1"}) {
      Env env = new Env(Map.of("URI", wrong));
      assertThat(env.uri("URI", "http://d:1")).isEqualTo(URI.create("http://d:1"));
      assertThatThrownBy(env::check).hasMessageContaining("URI: " + wrong);
    }
  }

  @Test
  void severalUrisAreSeparatedByCommas() {
    Env env = new Env(Map.of("URIS", "http://a:1, http://b:2", "WRONG", "http://a:1,,b:2"));
    assertThat(env.uris("URIS", "http://d:1"))
        .containsExactly(URI.create("http://a:1"), URI.create("http://b:2"));
    assertThat(env.uris("ABSENT", "http://d:1")).containsExactly(URI.create("http://d:1"));
    assertThatCode(env::check).doesNotThrowAnyException();

    assertThat(env.uris("WRONG", "http://d:1")).containsExactly(URI.create("http://a:1"));
    assertThatThrownBy(env::check)
        .hasMessageContaining("WRONG:  (expected: http://host:port, separated by commas)")
        .hasMessageContaining("WRONG: b:2 (expected");
  }

  @Test
  void secretsAreReadAndMasked() {
    Env env = new Env(Map.of("PGPASSWORD", "hush", "API_TOKEN", "hush", "MY_SECRET_KEY", "hush"));

    assertThat(env.text("PGPASSWORD", "")).isEqualTo("hush");
    assertThat(env.text("API_TOKEN", "")).isEqualTo("hush");
    assertThat(env.text("MY_SECRET_KEY", "")).isEqualTo("hush");
    assertThat(env.effective().values()).containsOnly("***");
  }

  @Test
  void listHasTheElementsBetweenCommas() {
    Env env = new Env(Map.of("LIST", " a, bb ,,c"));

    assertThat(env.list("LIST", text -> text.length() == 1, "one letter"))
        .containsExactly("a", "bb", "c");
    assertThat(env.list("ABSENT", text -> false, "nothing")).isEmpty();
    assertThatThrownBy(env::check).hasMessage("configuration: LIST: bb (expected: one letter)");
  }
}
