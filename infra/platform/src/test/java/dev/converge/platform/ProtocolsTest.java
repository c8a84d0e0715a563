package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: protocols stay on as long as a database may hold prepared transactions, because otherwise
 * it could not start. Method: state folders as a stop or a crash leaves them.
 */
class ProtocolsTest {
  @TempDir private Path state;

  private Path data(String file) throws IOException {
    Path folder = Files.createDirectories(layout().data(Part.PAYMENT_DB.id()));
    return folder.resolve(file);
  }

  private Layout layout() {
    return new Layout(state, state);
  }

  @Test
  void protocolsAreOffAfterAStopWithoutPreparedTransactions() throws IOException {
    Files.createDirectories(data("pg_twophase"));
    Protocols.turnOn(state);
    assertThat(Protocols.isOn(state)).isTrue();

    assertThat(Protocols.turnOff(layout())).isTrue();
    assertThat(Protocols.isOn(state)).isFalse();
  }

  @Test
  void protocolsStayOnWhileATransactionIsPrepared() throws IOException {
    Files.createFile(Files.createDirectories(data("pg_twophase")).resolve("000002E1"));
    Protocols.turnOn(state);

    assertThat(Protocols.turnOff(layout())).isFalse();
    assertThat(Protocols.isOn(state)).isTrue();
  }

  @Test
  void protocolsStayOnAfterADatabaseWasKilled() throws IOException {
    Files.createFile(data("postmaster.pid"));
    Protocols.turnOn(state);

    assertThat(Protocols.turnOff(layout())).isFalse();
  }
}
