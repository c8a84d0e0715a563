package dev.converge.faults;

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

/**
 * Recognizes environment faults, as far as the exception alone allows. They are transient: the same
 * work succeeds, unchanged, once the environment is available or repaired. {@link #isTransient}
 * recognizes those that depend on no statement, {@link #isRefusedBySchema} refusals by a rule of
 * the schema, which its caller has to judge.
 */
public final class TransientFaults {
  // PostgreSQL, appendix A. Our SQL is constant, so a statement's syntax, names, types and
  // privileges never depend on a request: class 42 means that the schema is not what the service
  // expects. Not listed: errors caused by data (21, 22, 23, 27, 44, 54), errors that functions
  // raise (09, 2F, 38, 39, P0 and custom classes), and the follow-up of another failure (25P02).
  private static final Set<String> ENVIRONMENT_CLASSES =
      Set.of(
          "08", "0A", "0B", "0F", "0L", "0P", "0Z", "24", "26", "28", "2B", "2D", "34", "3B", "3D",
          "3F", "40", "42", "53", "55", "57", "58", "72", "F0", "HV", "XX");
  // Read-only transaction; idle-in-transaction timeout; transaction timeout.
  private static final Set<String> ENVIRONMENT_STATES = Set.of("25006", "25P03", "25P04");

  // The client's own failures have no type. The first two are those of its pool: a wait for a
  // connection that took too long, for a query and for a transaction.
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

  private TransientFaults() {}

  /**
   * Whether the environment is at fault, whichever statement failed: the database is unavailable or
   * refuses the login, or its schema, its privileges or its rows are not as expected.
   */
  public static boolean isTransient(Throwable cause) {
    if (cause instanceof PgException refused) {
      return isEnvironment(refused.getSqlState());
    }
    if (cause instanceof ClassCastException) {
      return isThrownByClient(cause);
    }
    if (cause instanceof UnexpectedRowsException) {
      return true;
    }
    // Text that cannot be parsed is not a lost connection.
    boolean isContent =
        cause instanceof JsonProcessingException
            || cause instanceof CharacterCodingException
            || cause instanceof MalformedURLException;
    return cause instanceof ClosedConnectionException
        || cause instanceof ConnectionPoolTooBusyException
        || (cause instanceof IOException && !isContent)
        || cause instanceof TimeoutException
        || (cause instanceof VertxException && isClients(cause.getMessage()));
  }

  /**
   * Whether a rule of the schema (a constraint, a trigger, a function) refused a statement, or a
   * trigger dropped a row. For constant SQL and validated values, such a rule is unknown to the
   * code, and so an environment fault; a caller handles the constraints that it knows first. Errors
   * in the values themselves (text that is not UTF-8, a time out of range) do not count, unless a
   * function of the schema raised them.
   */
  public static boolean isRefusedBySchema(Throwable cause) {
    return SchemaRefusal.is(cause);
  }

  /** Whether a statement failed only because an earlier one of its transaction had failed. */
  public static boolean isFollowUp(@Nullable Throwable cause) {
    return cause instanceof PgException refused && "25P02".equals(refused.getSqlState());
  }

  /**
   * Describes a failure for operators, over HTTP: the symptom and the server's message, which names
   * what has to be repaired. Contains no data, no address and no class name.
   */
  public static String describe(Throwable cause) {
    if (cause instanceof PgException refused) {
      return Symptom.text(refused) + serverMessage(refused);
    }
    if (cause instanceof UnexpectedRowsException || cause instanceof RowCountException) {
      return String.valueOf(cause.getMessage());
    }
    if (cause instanceof ExecutionException && cause.getCause() != null) {
      return describe(cause.getCause());
    }
    return isTransient(cause) || cause instanceof KafkaException
        ? "the database or the broker does not answer"
        : Symptom.UNEXPECTED;
  }

  // Without DETAIL, which contains rows.
  private static String serverMessage(PgException refused) {
    String state = String.valueOf(refused.getSqlState());
    if (state.startsWith("28")) {
      // The server's message may contain the client's host.
      return ": the login is refused";
    }
    return refused.getErrorMessage() == null || state.startsWith("08")
        ? ""
        : ": " + refused.getErrorMessage();
  }

  // A column has another type than the code reads.
  private static boolean isThrownByClient(Throwable cause) {
    StackTraceElement[] stack = cause.getStackTrace();
    return stack.length > 0 && stack[0].getClassName().startsWith("io.vertx.sqlclient.");
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
}
