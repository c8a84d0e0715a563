package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: data that this version cannot use are recognized, and the message states the remedy. */
class StateVersionTest {
  @TempDir Path state = Path.of("");

  @Test
  void stateWithoutAVersionIsClaimedAndOneOfThisVersionIsAccepted() {
    Layout layout = new Layout(state, state);
    StateVersion.claim(layout);
    StateVersion.claim(layout);
    assertThat(state.resolve("version")).hasContent("format=1");
  }

  @Test
  void stateOfANewerVersionIsRefusedAndNotChanged() throws IOException {
    Files.writeString(state.resolve("version"), "format=2\n");
    assertThatThrownBy(() -> StateVersion.claim(new Layout(state, state)))
        .isInstanceOf(UnusableState.class)
        .hasMessageContaining(state + " was written by a newer version of Converge (format 2,")
        .hasMessageContaining("./converge up --fresh");
    assertThat(state.resolve("version")).hasContent("format=2");
    new Platform(new Layout(state, state), Ports.free(), java.util.Map.of()).forget();
    StateVersion.claim(new Layout(state, state));
  }

  private static void write(Path folder, String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  @Test
  void brokerFolderBelongsToThisClusterOrIsNew() throws IOException {
    Path data = state.resolve("kafka");
    assertThat(StateVersion.requireUsableKafka(data, "ours", 1)).isFalse();
    Files.createDirectories(data);
    assertThat(StateVersion.requireUsableKafka(data, "ours", 1)).isFalse();
    write(data, "meta.properties", "version=1\ncluster.id=ours\nnode.id=1\n");
    assertThat(StateVersion.requireUsableKafka(data, "ours", 1)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\\u00zz", "version=1\ncluster.id=ours", "version=1\nnode.i"})
  void incompletelyFormattedBrokerFolderIsNewUnlessItHasSegments(String torn) throws IOException {
    Path data = Files.createDirectories(state.resolve("kafka"));
    write(data, "bootstrap.checkpoint", "");
    assertThat(StateVersion.requireUsableKafka(data, "ours", 1)).as("no meta.properties").isFalse();
    write(data, "meta.properties", torn);
    write(data, "meta.properties.tmp", torn);
    write(data, "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint", "");
    assertThat(StateVersion.requireUsableKafka(data, "ours", 1)).isFalse();
    for (String holds :
        new String[] {
          "__cluster_metadata-0/00000000000000000000.log",
          "__cluster_metadata-0/00000000000000000123-0000000001.checkpoint",
          "order.events-0/00000000000000000000.log",
          "notes.txt"
        }) {
      write(data, holds, "");
      assertThatThrownBy(() -> StateVersion.requireUsableKafka(data, "ours", 1))
          .as(holds)
          .isInstanceOf(UnusableState.class)
          .hasMessageContaining(data.toString())
          .hasMessageContaining("docker-compose down -v");
      Files.delete(data.resolve(holds));
      Layout.delete(data.resolve("order.events-0"));
    }
  }

  @Test
  void brokerFolderOfAnotherClusterIsRefused() throws IOException {
    Path data = Files.createDirectories(state.resolve("kafka"));
    for (String another :
        new String[] {"cluster.id=theirs\nnode.id=1", "cluster.id=ours\nnode.id=2"}) {
      write(data, "meta.properties", another);
      assertThatThrownBy(() -> StateVersion.requireUsableKafka(data, "ours", 1))
          .as(another)
          .isInstanceOf(UnusableState.class)
          .hasMessageContaining(data.toString())
          .hasMessageContaining("docker-compose down -v");
    }
  }

  private static void makeWhole(Path data) throws IOException {
    write(data, "PG_VERSION", "17\n");
    write(data, "global/pg_control", "x");
    write(data, "base/5/PG_VERSION", "17\n");
    write(data, "pg_wal/archive_status/x", "");
    write(data, "postgresql.conf", "");
  }

  @Test
  void dataDirectoryHasTheSameMajorVersionOrIsNew() throws IOException {
    Path data = state.resolve("order-db");
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();
    Files.createDirectories(data);
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();
    makeWhole(data);
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isTrue();
    Files.writeString(data.resolve("PG_VERSION"), "16\n");
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .hasMessageContaining("order-db: its data are of PostgreSQL 16, and this version runs 17");
    Files.writeString(data.resolve("PG_VERSION"), "18\n");
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .hasMessageContaining("a newer version of Converge");
    Files.writeString(data.resolve("PG_VERSION"), "");
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .hasMessageContaining("PG_VERSION is damaged (expected: 17)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"global/pg_control", "base/5/PG_VERSION"})
  void incompleteDataDirectoryIsNewUnlessItHasDatabases(String lost) throws IOException {
    Path data = state.resolve("order-db");
    makeWhole(data);
    Files.delete(data.resolve(lost));
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();
    write(data, lost, "");
    Files.delete(data.resolve(lost));
    Files.writeString(data.resolve("PG_VERSION"), "");
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();

    write(data, "base/16384/PG_VERSION", "17\n");
    Files.writeString(data.resolve("PG_VERSION"), "17\n");
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .isInstanceOf(UnusableState.class)
        .hasMessageContaining("order-db: its data in " + data + " are damaged");
    Layout.delete(data.resolve("base/16384"));
    write(data, "notes.txt", "");
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .isInstanceOf(UnusableState.class);
  }

  @Test
  void dataDirectoryThatLostItsDatabasesIsRefusedAndKept() throws IOException {
    Path data = state.resolve("order-db");
    makeWhole(data);
    Layout.delete(data.resolve("base"));
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .isInstanceOf(UnusableState.class);
    Files.createSymbolicLink(data.resolve("base"), state.resolve("not-mounted"));
    assertThatThrownBy(() -> StateVersion.requireUsablePostgres("order-db", data, 17))
        .isInstanceOf(UnusableState.class);
    assertThat(data.resolve("pg_wal/archive_status/x")).exists();
  }
}
