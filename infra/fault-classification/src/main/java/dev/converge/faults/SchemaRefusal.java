package dev.converge.faults;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** Recognizes a statement that a rule of the schema refused, or whose row it dropped. */
final class SchemaRefusal {
  // PostgreSQL, appendix A: errors caused by the values, by a misused transaction, or by too
  // complex
  // or too large a statement. The statement or its validation is at fault, unless a function of the
  // schema raised the error. Every other state belongs to the schema: 23, 27, 44, those that
  // functions raise (09, 2F, 38, 39, P0), and custom states.
  private static final Set<String> STATEMENTS_OWN =
      Set.of("20", "21", "22", "25", "54", "3B", "03", "00", "01", "02");

  // Our columns have no maximum length: one that truncates text was limited later.
  private static final String TEXT_TOO_LONG = "22001";

  private SchemaRefusal() {}

  static boolean is(Throwable cause) {
    if (cause instanceof RowCountException) {
      return true;
    }
    if (!(cause instanceof PgException refused)) {
      return false;
    }
    String state = refused.getSqlState();
    if (state == null || state.length() != 5) {
      return false;
    }
    return !STATEMENTS_OWN.contains(state.substring(0, 2))
        || state.equals(TEXT_TOO_LONG)
        || isRaisedByAFunction(refused);
  }

  // The error's context, such as "PL/pgSQL function refuse() line 1 at RAISE".
  private static boolean isRaisedByAFunction(PgException refused) {
    return refused.getWhere() != null && refused.getWhere().contains(" function ");
  }
}
