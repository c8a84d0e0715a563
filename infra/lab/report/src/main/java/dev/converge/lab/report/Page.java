package dev.converge.lab.report;

import java.util.List;

/**
 * A page of the lab's reports. It needs no network, runs no script and is well-formed XML. Sections
 * appear in the order in which they are added.
 */
public final class Page {
  private final String title;
  private final List<String> introduction;
  private final StringBuilder body = new StringBuilder();

  /**
   * A page without sections.
   *
   * @param introduction paragraphs under the title
   */
  public Page(String title, List<String> introduction) {
    this.title = title;
    this.introduction = List.copyOf(introduction);
  }

  /** A plot under its title. */
  public record Figure(String title, String svg) {}

  public void heading(String text) {
    body.append("<h2>").append(Markup.escape(text)).append("</h2>\n");
  }

  public void paragraph(String text) {
    body.append(paragraphOf(text));
  }

  /** Lines in a fixed-width font. */
  public void lines(List<String> lines) {
    body.append("<pre>").append(Markup.escape(String.join("\n", lines))).append("</pre>\n");
  }

  public void table(Table table) {
    body.append(table.html());
  }

  /** Plots side by side, where the page is wide enough. */
  public void figures(List<Figure> figures) {
    body.append("<div class=\"plots\">\n");
    for (Figure figure : figures) {
      body.append("<figure>\n<figcaption>")
          .append(Markup.escape(figure.title()))
          .append("</figcaption>\n")
          .append(figure.svg())
          .append("\n</figure>\n");
    }
    body.append("</div>\n");
  }

  /** The whole document. */
  public String html() {
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
        .append(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
        .append(Markup.escape(title))
        .append("</title>\n<style>\n")
        .append(Stylesheet.css())
        .append("</style>\n</head>\n<body>\n<header>\n<h1>")
        .append(Markup.escape(title))
        .append("</h1>\n");
    introduction.forEach(text -> page.append(paragraphOf(text)));
    return page.append("</header>\n<main>\n")
        .append(body)
        .append("</main>\n</body>\n</html>\n")
        .toString();
  }

  private static String paragraphOf(String text) {
    return "<p>" + Markup.escape(text) + "</p>\n";
  }
}
