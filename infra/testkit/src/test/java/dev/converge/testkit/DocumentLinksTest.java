package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: links between documents work. Method: the target of every relative link of every Markdown
 * file exists, and so does the heading that it names.
 */
class DocumentLinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```");
  private static final Set<String> SKIPPED = Set.of(".git", ".converge", "target");

  @Test
  void everyRelativeLinkHasATarget() throws IOException {
    Path root = Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
    List<String> broken = new ArrayList<>();
    List<Path> documents = documents(root);
    for (Path document : documents) {
      LINK.matcher(Files.readString(document))
          .results()
          .map(link -> link.group(1))
          .filter(Predicate.not(DocumentLinksTest::isAbsolute))
          .filter(link -> !hasTarget(document, link))
          .forEach(link -> broken.add(root.relativize(document) + ": " + link));
    }

    assertThat(documents).isNotEmpty();
    assertThat(broken).as("links without a target").isEmpty();
  }

  private static boolean isAbsolute(String link) {
    return link.contains("://");
  }

  private static boolean hasTarget(Path document, String link) {
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target = file.isEmpty() ? document : document.resolveSibling(file).normalize();
    return Files.exists(target) && (hash < 0 || anchors(target).contains(link.substring(hash + 1)));
  }

  /** The anchors of a document's headings, as GitHub forms them. */
  private static Set<String> anchors(Path document) {
    try {
      String text = CODE_BLOCK.matcher(Files.readString(document)).replaceAll("");
      return HEADING
          .matcher(text)
          .results()
          .map(DocumentLinksTest::anchor)
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String anchor(MatchResult heading) {
    return heading
        .group(1)
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
        .replace(' ', '-');
  }

  private static List<Path> documents(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return SKIPPED.contains(String.valueOf(folder.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }
}
