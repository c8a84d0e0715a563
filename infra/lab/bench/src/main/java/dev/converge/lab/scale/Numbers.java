package dev.converge.lab.scale;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Numbers from a platform's databases. */
final class Numbers {
  private Numbers() {}

  /** The columns of the first row of a query; null counts as 0. */
  static List<Long> of(Platform platform, String domain, String sql) {
    try (Connection database = platform.connect(domain);
        Statement statement = database.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        throw new ScaleException("no row: " + sql);
      }
      List<Long> numbers = new ArrayList<>();
      for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
        numbers.add(row.getLong(column));
      }
      return numbers;
    } catch (SQLException e) {
      throw new ScaleException(sql, e);
    }
  }
}
