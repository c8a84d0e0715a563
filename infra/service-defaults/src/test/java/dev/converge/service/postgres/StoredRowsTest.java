package dev.converge.service.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.faults.UnexpectedRowsException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a value that the code cannot have written is refused, without repeating it. */
class StoredRowsTest {
  @Test
  void storedNameIsItsConstant() {
    assertThat(StoredRows.constant(TimeUnit.class, "unit", "DAYS")).isEqualTo(TimeUnit.DAYS);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {"DAYS ", " DAYS", "days", "\\x44415953", "{DAYS}"})
  void anotherNameIsUnexpected(String stored) {
    assertThatThrownBy(() -> StoredRows.constant(TimeUnit.class, "unit", stored))
        .isInstanceOf(UnexpectedRowsException.class)
        .hasMessage("an unknown value in the column unit");
  }

  @Test
  void paddedTextIsUnexpected() {
    assertThat(StoredRows.text("token", "tok_ok")).isEqualTo("tok_ok");
    assertThat(StoredRows.textOrNull("token", null)).isNull();
    assertThatThrownBy(() -> StoredRows.text("token", "tok_ok   "))
        .isInstanceOf(UnexpectedRowsException.class)
        .hasMessage("a padded value in the column token");
    assertThatThrownBy(() -> StoredRows.textOrNull("token", "tok_ok "))
        .isInstanceOf(UnexpectedRowsException.class);
    assertThatThrownBy(() -> StoredRows.text("token", null))
        .isInstanceOf(UnexpectedRowsException.class)
        .hasMessage("no value in the column token");
  }
}
