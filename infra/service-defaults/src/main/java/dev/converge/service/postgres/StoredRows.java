package dev.converge.service.postgres;

import dev.converge.faults.TransientFaults;
import dev.converge.faults.UnexpectedRowsException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of a table. A row with a value that the code cannot have written is an {@link
 * UnexpectedRowsException}, an environment fault: nothing is decided on it.
 */
public final class StoredRows {
  private StoredRows() {}

  /** The rows, in their order. */
  public static <T> List<T> list(String table, RowSet<Row> rows, Function<Row, T> read) {
    List<T> values = new ArrayList<>(rows.size());
    rows.forEach(row -> values.add(read(table, row, read)));
    return values;
  }

  /** The first row; empty if there is none. */
  public static <T> Optional<T> first(String table, RowSet<Row> rows, Function<Row, T> read) {
    return list(table, rows, read).stream().findFirst();
  }

  /**
   * The rows by key, in their order.
   *
   * @param asked the keys that the statement was given. A column that pads its values matches them
   *     and returns others
   */
  public static <K, T> Map<K, T> byKey(
      String table,
      RowSet<Row> rows,
      Function<Row, T> read,
      Function<T, K> key,
      Collection<K> asked) {
    Map<K, T> values = new LinkedHashMap<>();
    list(table, rows, read).forEach(value -> values.put(key.apply(value), value));
    if (!Set.copyOf(asked).containsAll(values.keySet())) {
      throw new UnexpectedRowsException(table + ": a row for a key that was not asked for");
    }
    return values;
  }

  private static <T> T read(String table, Row row, Function<Row, T> read) {
    try {
      return read.apply(row);
    } catch (UnexpectedRowsException e) {
      throw new UnexpectedRowsException(table + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      if (TransientFaults.isTransient(e)) {
        throw e;
      }
      throw new UnexpectedRowsException(table + ": a row that cannot be read", e);
    }
  }

  /** The constant that a column stores by its name. */
  public static <E extends Enum<E>> E constant(
      Class<E> type, String column, @Nullable String stored) {
    return Stream.of(type.getEnumConstants())
        .filter(constant -> constant.name().equals(stored))
        .findFirst()
        .orElseThrow(() -> new UnexpectedRowsException("an unknown value in the column " + column));
  }

  /** The text of a column. No text that is stored ends with a blank: a column of type char does. */
  public static String text(String column, @Nullable String stored) {
    if (stored == null || stored.endsWith(" ")) {
      throw new UnexpectedRowsException(
          (stored == null ? "no value" : "a padded value") + " in the column " + column);
    }
    return stored;
  }

  /** As {@link #text}, of a column that may be null. */
  public static @Nullable String textOrNull(String column, @Nullable String stored) {
    return stored == null ? null : text(column, stored);
  }
}
