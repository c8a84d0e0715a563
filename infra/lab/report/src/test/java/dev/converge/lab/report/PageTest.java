package dev.converge.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Table.Cell;
import dev.converge.testkit.Xml;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Goal: pages are well-formed and escape every text. Method: read back with an XML parser. */
class PageTest {
  private static final String HOSTILE = "<a href=\"x\">'&'";

  @Test
  void sectionsAppearInTheirOrder() {
    Page page = new Page("Title", List.of("first", "second"));
    page.heading("one");
    page.paragraph("third");
    page.heading("two");
    page.figures(List.of(new Page.Figure("plot", "<svg/>")));

    Document read = Xml.parse(page.html());

    assertThat(Xml.texts(read, "h1")).containsExactly("Title");
    assertThat(Xml.texts(read, "title")).containsExactly("Title");
    assertThat(Xml.texts(read, "p")).containsExactly("first", "second", "third");
    assertThat(Xml.texts(read, "h2")).containsExactly("one", "two");
    assertThat(Xml.texts(read, "figcaption")).containsExactly("plot");
  }

  @Test
  void everyTextIsEscaped() {
    Page page = new Page(HOSTILE, List.of(HOSTILE));
    page.heading(HOSTILE);
    page.lines(List.of(HOSTILE));
    page.figures(List.of(new Page.Figure(HOSTILE, "<svg/>")));
    page.table(new Table(HOSTILE, HOSTILE).row(HOSTILE, List.of(Cell.styled(HOSTILE, HOSTILE))));

    Document read = Xml.parse(page.html());

    for (String element : List.of("title", "h1", "p", "h2", "pre", "figcaption", "th", "td")) {
      assertThat(Xml.texts(read, element)).as(element).containsExactly(HOSTILE);
    }
    for (String element : List.of("table", "td")) {
      Element styled = (Element) read.getElementsByTagName(element).item(0);
      assertThat(styled.getAttribute("class")).isEqualTo(HOSTILE);
    }
  }

  @Test
  void cellsOfAStackedTableHaveTheNamesOfTheirColumnsAndALongTableSaysThatItScrolls() {
    Page page = new Page("Title", List.of());
    page.table(
        new Table(Table.STACKED, "Name", "One & 1", "Two")
            .row("", List.of(Cell.head("row"), Cell.of("1"), Cell.of("2"))));
    page.table(new Table("steps", "a", "b", "c", "d", "e", "f"));

    Document read = Xml.parse(page.html());

    Element first = (Element) read.getElementsByTagName("td").item(0);
    assertThat(first.getAttribute("data-label")).isEqualTo("One & 1");
    assertThat(page.html()).containsOnlyOnce("<div class=\"wide long\">");
  }

  @Test
  void cellsHaveTheirKindAndWidth() {
    Page page = new Page("Title", List.of());
    page.table(
        new Table("", "Name", "One", "Two")
            .row(Cell.head("row"), Cell.of("1"), Cell.of("2"))
            .row("wide", List.of(Cell.head("both"), Cell.across(2, "12"))));

    Document read = Xml.parse(page.html());

    assertThat(Xml.texts(read, "th")).containsExactly("Name", "One", "Two", "row", "both");
    assertThat(Xml.texts(read, "td")).containsExactly("1", "2", "12");
    Element across = (Element) read.getElementsByTagName("td").item(2);
    assertThat(across.getAttribute("colspan")).isEqualTo("2");
    assertThat(((Element) across.getParentNode()).getAttribute("class")).isEqualTo("wide");
  }
}
