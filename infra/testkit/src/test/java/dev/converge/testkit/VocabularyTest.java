package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: docs and code use the field's standard terms. Method: every line of the checked paths is
 * searched for words that have a better term. An identifier counts as the words it consists of. A
 * test's name starts with its subject, without an article or a pronoun. So do a comment, and the
 * description of an assertion or a wait.
 */
class VocabularyTest {
  private static final List<String> CHECKED =
      List.of(
          "README.md",
          "CONTRIBUTING.md",
          "converge",
          "Dockerfile",
          "docker-compose.yml",
          "pom.xml",
          ".ci/",
          "commitment/",
          "docs/",
          "infra/",
          "inventory-service/",
          "order-service/",
          "outbox/",
          "payment-service/");

  private static final List<Term> TERMS =
      List.of(
          new Term("told|tells?|telling", "report, print, distinguish"),
          new Term("anew", "again, recreated"),
          new Term("amiss", "violated; as a noun: finding"),
          new Term("rests", "lingers, waits"),
          new Term("at rest", "quiescent"),
          new Term("mend(s|ed|ing)?", "repair"),
          new Term("let(s|ting)? in|let(s|ting)? (it|them|one|orders|what \\w+) in", "admit"),
          new Term("turn(s|ed)? (it |them )?away", "deduplicate, refuse"),
          new Term("hand(s|ed)? over", "dispatch, pass"),
          new Term("nobody|somebody|whoever|whatever", "name the subject, or negate the verb"),
          new Term("look(s|ed|ing)? (at|for)", "check, poll, read, search"),
          new Term("at once", "immediately, at the same time"),
          new Term("stands|stood", "is, are"),
          new Term("bears?", "tolerate, support"),
          new Term("so many", "this number of"),
          new Term("(is|are|be|was|were|stays?|goes) away", "unavailable, down"),
          new Term("(\\w*exception|service|server|topic|or) away", "unavailable"),
          new Term("remade|remakes?|remaking", "recreated"),
          new Term("as such", "leave it out"),
          new Term("set(s|ting)? aside", "reserve"),
          new Term("patience", "timeout, deadline"),
          new Term("footprints?", "resource samples"),
          new Term("first tr(y|ies)", "first attempt"),
          new Term("happenings?", "coverage point"),
          new Term("in vain", "without effect"),
          new Term("faults? of the environment", "environment fault"),
          new Term("audit log", "operator log"),
          new Term("that (is|are) none|(is|are) none that|the silent ones", "invalid, unknown"));

  /** Uses that are right, with the reason. */
  private static final List<Allowed> ALLOWED =
      List.of(
          new Allowed(
              "infra/testkit/src/test/java/dev/converge/testkit/VocabularyTest.java",
              "",
              "lists the words"),
          new Allowed("", "outbox mend slot", "dropped from databases of earlier versions"));

  private static final Pattern TEXT =
      Pattern.compile("[^.]+|\\.?.+\\.(java|md|sql|json|ya?ml|xml|properties|conf|html|css|sh)");

  /** Migrations that have landed never change, so their comments do not either. */
  private static final Pattern MIGRATION = Pattern.compile("V\\d{3}__.+\\.sql");

  /** Output of earlier versions, with their names of fields. */
  private static final String RECORDED = "docs/results/data/";

  private static final Pattern WORD_BREAK = Pattern.compile("_|(?<=[a-z0-9])(?=[A-Z])");

  private static final Pattern VAGUE_NAME =
      Pattern.compile(
          "(\\bvoid |\")(a|an|the|if|it|what|who|whoever|none|nobody|nothing)(?=[A-Z]\\w*[(\"])");

  /** Descriptions of assertions and waits. */
  private static final Pattern VAGUE_DESCRIPTION =
      Pattern.compile("\\b(as|await)\\(\"(a|an|the|what|who|those) ");

  private static final Pattern VAGUE_COMMENT =
      Pattern.compile("^\\s*(/\\*\\*|\\*|//) ?(What|All that|None|Nothing but|Who)\\b");

  @Test
  void docsAndCodeUseStandardTerms() throws IOException {
    Path root = root();
    List<String> found = new ArrayList<>();
    for (String checked : CHECKED) {
      for (Path file : files(root.resolve(checked))) {
        String name = root.relativize(file).toString();
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (int i = 0; i < lines.size(); i++) {
          found.addAll(findings(name, i + 1, lines.get(i)));
        }
      }
    }

    assertThat(found).as("words that have a standard term").isEmpty();
  }

  @Test
  void identifierCountsAsItsWords() {
    assertThat(findings("A.java", 1, "void orderIsToldTwice() {}"))
        .containsExactly("A.java:1: told → report, print, distinguish");
    assertThat(findings("A.java", 1, "class FirstTries {}"))
        .containsExactly("A.java:1: first tries → first attempt");
    assertThat(findings("a.sql", 1, "SELECT MENDED_WITHIN"))
        .containsExactly("a.sql:1: mended → repair");
    assertThat(findings("A.java", 1, "untold(tellers, standstill, atOnceless)")).isEmpty();
  }

  @Test
  void testNameStartsWithItsSubject() {
    assertThat(findings("ATest.java", 1, "  void whoWaitsIsRefused() {"))
        .containsExactly("ATest.java:1: void who… → name the subject");
    assertThat(findings("ATest.java", 1, "  default void aTopicIsRead() {"))
        .containsExactly("ATest.java:1: void a… → name the subject");
    assertThat(findings("ATest.java", 1, "  void theirTopicIsRead() { catch (IOException away) {"))
        .containsExactly("ATest.java:1: ioexception away → unavailable");
    assertThat(findings("ATest.java", 1, "  void wholeLinesAreRead() { String who = whoever(); }"))
        .containsExactly("ATest.java:1: whoever → name the subject, or negate the verb");
    assertThat(findings("ATest.java", 1, "  void noneOf() {} // void whatever")).hasSize(2);
  }

  @Test
  void textOfTestStartsWithItsSubject() {
    assertThat(findings("A.java", 1, "new Kind(1, \"aMissingFieldIsRefused\")"))
        .containsExactly("A.java:1: \"a… → name the subject");
    assertThat(findings("A.java", 1, "await(\"the order\")"))
        .containsExactly("A.java:1: await(\"the … → name the subject");
    assertThat(findings("A.java", 1, "put(\"itemId\").as(\"third order\")")).isEmpty();
  }

  @Test
  void commentStartsWithItsSubject() {
    assertThat(findings("A.java", 1, "  /** What a saga sends. */"))
        .containsExactly("A.java:1: /** What… → name the subject");
    assertThat(findings("A.java", 1, "   * All that must hold.")).hasSize(1);
    assertThat(findings("A.java", 1, "  // Whole lines are read. What follows is not.")).isEmpty();
  }

  private static List<String> findings(String file, int line, String text) {
    String words = WORD_BREAK.matcher(text).replaceAll(" ").toLowerCase(Locale.ROOT);
    if (ALLOWED.stream().anyMatch(use -> use.covers(file, words))) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    for (Term term : TERMS) {
      term.pattern()
          .matcher(words)
          .results()
          .forEach(
              match ->
                  found.add(file + ":" + line + ": " + match.group() + " → " + term.standard()));
    }
    Matcher name = VAGUE_NAME.matcher(text);
    if (file.endsWith(".java") && name.find()) {
      found.add(file + ":" + line + ": " + name.group() + "… → name the subject");
    }
    Matcher description = VAGUE_DESCRIPTION.matcher(text);
    if (file.endsWith(".java") && description.find()) {
      found.add(file + ":" + line + ": " + description.group() + "… → name the subject");
    }
    Matcher comment = VAGUE_COMMENT.matcher(text);
    if (file.endsWith(".java") && comment.find()) {
      found.add(file + ":" + line + ": " + comment.group().strip() + "… → name the subject");
    }
    return found;
  }

  private static List<Path> files(Path checked) throws IOException {
    try (Stream<Path> below = Files.walk(checked)) {
      return below
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().contains("/target/"))
          .filter(file -> TEXT.matcher(file.getFileName().toString()).matches())
          .filter(file -> !MIGRATION.matcher(file.getFileName().toString()).matches())
          .filter(file -> !file.toString().contains(RECORDED))
          .sorted()
          .toList();
    }
  }

  private static Path root() {
    return Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  }

  private record Term(Pattern pattern, String standard) {
    Term(String words, String standard) {
      this(Pattern.compile("(?<![\\p{Alnum}-])(" + words + ")(?![\\p{Alnum}-])"), standard);
    }
  }

  /** A use that is right where the line contains {@code words}. */
  private record Allowed(String file, String words, String reason) {
    boolean covers(String name, String line) {
      return name.startsWith(file) && line.contains(words);
    }
  }
}
