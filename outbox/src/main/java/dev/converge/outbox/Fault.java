package dev.converge.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.net.MalformedURLException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Whose fault a failure is, as far as the exception alone can say. */
enum Fault {
  /** The database's, the network's or the schema's: the same work succeeds once it is repaired. */
  ENVIRONMENT,
  /** The message's own: no retry can help. */
  MESSAGE,
  /** Either: a constraint or a trigger may refuse one row or all, a handler may fail for both. */
  UNCERTAIN;

  // PostgreSQL, appendix A. Our SQL is constant, so a statement's syntax, names, types and rights
  // never depend on a request: class 42 means that the schema is not what the service expects.
  // Not in the list: what the data decides (21, 22, 23, 27, 44, 54), what functions raise (09, 2F,
  // 38, 39, P0 and classes of their own), and the follow-up of another failure (25P02).
  private static final Set<String> ENVIRONMENT_CLASSES =
      Set.of(
          "08", "0A", "0B", "0F", "0L", "0P", "0Z", "24", "26", "28", "2B", "2D", "34", "3B", "3D",
          "3F", "40", "42", "53", "55", "57", "58", "72", "F0", "HV", "XX");
  // Read-only transaction; idle transaction and transaction that took too long.
  private static final Set<String> ENVIRONMENT_STATES = Set.of("25006", "25P03", "25P04");

  // The client's own failures have no type. The first two are its pool's: a wait for a connection
  // that took too long, of a query and of a transaction.
  private static final Set<String> CLIENT_MESSAGES =
      Set.of(
          "Timeout waiting for connection",
          "Timeout",
          "Pending requests failed to be sent due to connection has been closed.",
          "SSL handshake failed",
          "Invalid SSL connection message",
          "Postgres Server does not handle SSL connection");
  // The last two: a column has another type, or a statement other parameters, than the SQL expects.
  private static final List<String> CLIENT_MESSAGE_STARTS =
      List.of(
          "Connection is not active now",
          "Parameter at position[",
          "The number of parameters to execute");
  private static final String REFUSED_ENCODING = "is not supported in the client only UTF8";

  private static final String UNEXPECTED = "an unexpected failure, see the log";

  static Fault of(Throwable cause) {
    if (cause instanceof UnprocessableMessageException) {
      return MESSAGE;
    }
    if (cause instanceof PgException refused) {
      return isEnvironment(refused.getSqlState()) ? ENVIRONMENT : UNCERTAIN;
    }
    if (cause instanceof ClassCastException) {
      return isOfAColumn(cause) ? ENVIRONMENT : UNCERTAIN;
    }
    // Text that cannot be read is no connection that cannot be.
    boolean isContent =
        cause instanceof JsonProcessingException
            || cause instanceof CharacterCodingException
            || cause instanceof MalformedURLException;
    boolean environment =
        cause instanceof ClosedConnectionException
            || cause instanceof ConnectionPoolTooBusyException
            || (cause instanceof IOException && !isContent)
            || cause instanceof TimeoutException
            || (cause instanceof VertxException && isClients(cause.getMessage()));
    return environment ? ENVIRONMENT : UNCERTAIN;
  }

  // A column is read that has another type than the code expects.
  private static boolean isOfAColumn(Throwable cause) {
    StackTraceElement[] stack = cause.getStackTrace();
    return stack.length > 0 && stack[0].getClassName().startsWith("io.vertx.sqlclient.");
  }

  /** Whether a statement failed only because another of its transaction had failed. */
  static boolean isFollowUp(@Nullable Throwable cause) {
    return cause instanceof PgException refused && "25P02".equals(refused.getSqlState());
  }

  private static boolean isEnvironment(@Nullable String state) {
    return state != null
        && state.length() == 5
        && (ENVIRONMENT_STATES.contains(state)
            || ENVIRONMENT_CLASSES.contains(state.substring(0, 2)));
  }

  private static boolean isClients(@Nullable String message) {
    return message != null
        && (CLIENT_MESSAGES.contains(message)
            || message.endsWith(REFUSED_ENCODING)
            || CLIENT_MESSAGE_STARTS.stream().anyMatch(message::startsWith));
  }

  static Symptom symptom(Throwable cause) {
    return cause instanceof PgException refused
        ? new Symptom(symptom(refused), symptom(refused))
        : new Symptom(cause.getClass().getSimpleName(), UNEXPECTED);
  }

  private static String symptom(PgException refused) {
    String symptom = "SQLSTATE " + refused.getSqlState();
    if (refused.getTable() != null) {
      symptom += ", table " + refused.getTable();
    }
    return refused.getConstraint() == null
        ? symptom
        : symptom + ", constraint " + refused.getConstraint();
  }

  /**
   * What an operator reads over HTTP: the symptom with the server's words, which name what is to be
   * repaired. No data, no address, no class.
   */
  static String describe(Throwable cause) {
    if (cause instanceof FaultIsolation.BlockedException blocked) {
      return blocked.shown();
    }
    if (cause instanceof PgException refused) {
      return symptom(refused) + words(refused);
    }
    if (cause instanceof ExecutionException && cause.getCause() != null) {
      return describe(cause.getCause());
    }
    return of(cause) == ENVIRONMENT || cause instanceof KafkaException
        ? "the database or the broker does not answer"
        : UNEXPECTED;
  }

  // Without DETAIL, which shows rows.
  private static String words(PgException refused) {
    String state = String.valueOf(refused.getSqlState());
    if (state.startsWith("28")) {
      // The server's words may name the client's host.
      return ": the login is refused";
    }
    return refused.getErrorMessage() == null || state.startsWith("08")
        ? ""
        : ": " + refused.getErrorMessage();
  }
}
