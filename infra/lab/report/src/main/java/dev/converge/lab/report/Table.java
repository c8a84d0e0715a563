package dev.converge.lab.report;

import java.util.List;

/** A table of a {@link Page}, row by row. */
public final class Table {
  /** The CSS class of a table whose rows become lists on a narrow page. */
  public static final String STACKED = "stacked";

  /** With more columns than this, a table does not fit on a phone, and says that it scrolls. */
  private static final int WIDE = 5;

  private final String style;
  private final List<String> columns;
  private final StringBuilder rows = new StringBuilder();

  /**
   * A table without rows.
   *
   * @param style its CSS class; empty for none
   */
  public Table(String style, String... columns) {
    this.style = style;
    this.columns = List.of(columns);
  }

  /**
   * A cell.
   *
   * @param heads whether it is the head of its row
   * @param style its CSS class; empty for none
   * @param columns how many it is wide
   */
  public record Cell(boolean heads, String style, int columns, String text) {
    public static Cell of(String text) {
      return new Cell(false, "", 1, text);
    }

    /** The head of a row. */
    public static Cell head(String text) {
      return new Cell(true, "", 1, text);
    }

    public static Cell styled(String style, String text) {
      return new Cell(false, style, 1, text);
    }

    /** One text over several columns. */
    public static Cell across(int columns, String text) {
      return new Cell(false, "", columns, text);
    }

    private String html(String label) {
      String element = heads ? "th" : "td";
      return "<"
          + element
          + (heads ? " scope=\"row\"" : "")
          + classOf(style)
          + (heads || label.isEmpty() ? "" : " data-label=\"" + Markup.escape(label) + "\"")
          + (columns == 1 ? "" : " colspan=\"" + columns + "\"")
          + ">"
          + Markup.escape(text)
          + "</"
          + element
          + ">";
    }
  }

  public Table row(Cell... cells) {
    return row("", List.of(cells));
  }

  /** A row with a CSS class; empty for none. */
  public Table row(String rowStyle, List<Cell> cells) {
    rows.append("<tr").append(classOf(rowStyle)).append(">");
    int column = 0;
    for (Cell cell : cells) {
      // On a narrow page each cell of a stacked table is a line of its own, under its column's
      // name.
      boolean isLabelled = style.equals(STACKED) && column < columns.size();
      rows.append(cell.html(isLabelled ? columns.get(column) : ""));
      column += cell.columns();
    }
    rows.append("</tr>\n");
    return this;
  }

  String html() {
    StringBuilder table = new StringBuilder();
    table
        .append("<div class=\"wide")
        .append(columns.size() > WIDE && !style.equals(STACKED) ? " long" : "")
        .append("\">\n<table")
        .append(classOf(style))
        .append(">\n<thead><tr>");
    for (String column : columns) {
      table.append("<th scope=\"col\">").append(Markup.escape(column)).append("</th>");
    }
    return table
        .append("</tr></thead>\n<tbody>\n")
        .append(rows)
        .append("</tbody>\n</table>\n</div>\n")
        .toString();
  }

  private static String classOf(String style) {
    return style.isEmpty() ? "" : " class=\"" + Markup.escape(style) + "\"";
  }
}
