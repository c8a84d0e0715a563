package dev.converge.outbox;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** A statement that a rule refused, or swallowed, that someone gave the schema. */
final class SchemaRefusal {
  // PostgreSQL, appendix A: what the values decide, what a transaction does wrong, what is too
  // complex or too large. The statement or the check before it is at fault, unless a function of
  // the schema raised it. Every other state is the schema's: 23, 27, 44, what functions raise (09,
  // 2F, 38, 39, P0), and states of their own.
  private static final Set<String> STATEMENTS_OWN =
      Set.of("20", "21", "22", "25", "54", "3B", "03", "00", "01", "02");

  // No column of ours has a length: one that cuts text off was given it later.
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

  // Such as "PL/pgSQL function refuse() line 1 at RAISE": the context of the error.
  private static boolean isRaisedByAFunction(PgException refused) {
    return refused.getWhere() != null && refused.getWhere().contains(" function ");
  }
}
