package dev.converge.faults;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** Recognizes a statement that a rule of the schema refused, or whose row it dropped. */
final class SchemaRefusal {
  // PostgreSQL, appendix A: errors caused by the statement's rows, by a misused transaction, or by
  // too complex or too large a statement. The statement or its validation is at fault, unless a
  // function of the schema raised the error. Every other state belongs to the schema: 23, 27, 44,
  // those that functions raise (09, 2F, 38, 39, P0), and custom states.
  private static final Set<String> STATEMENTS_OWN =
      Set.of("20", "21", "25", "54", "3B", "03", "00", "01", "02");

  // The states of class 22 that a value can cause: a time that is malformed or out of range, text
  // with NUL or not in the database's encoding, text or bytes that are not of the type. Values are
  // validated before a statement, and no statement computes what can fail for one of them. So all
  // other states of the class come from a rule of the schema: a narrowed column, or the expression
  // of a constraint or an index.
  private static final Set<String> VALUES_OWN =
      Set.of("22007", "22008", "22021", "22P02", "22P03", "22P05");

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
    boolean isStatements =
        STATEMENTS_OWN.contains(state.substring(0, 2)) || VALUES_OWN.contains(state);
    return !isStatements || isRaisedByAFunction(refused);
  }

  // The error's context, such as "PL/pgSQL function refuse() line 1 at RAISE".
  private static boolean isRaisedByAFunction(PgException refused) {
    return refused.getWhere() != null && refused.getWhere().contains(" function ");
  }
}
