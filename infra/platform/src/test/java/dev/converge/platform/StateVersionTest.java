package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: data that this version cannot use are recognized, and the message says what to do. */
class StateVersionTest {
  @TempDir Path state = Path.of("");

  @Test
  void aStateWithoutAVersionIsClaimedAndOneOfThisVersionIsTaken() {
    Layout layout = new Layout(state, state);
    StateVersion.claim(layout);
    StateVersion.claim(layout);
    assertThat(state.resolve("version")).hasContent("format=1");
  }

  @Test
  void aStateOfANewerVersionIsRefusedAndLeftAsItIs() throws IOException {
    Files.writeString(state.resolve("version"), "format=2\n");
    assertThatThrownBy(() -> StateVersion.claim(new Layout(state, state)))
        .isInstanceOf(UnusableState.class)
        .hasMessageContaining(state + " was written by a newer version of Converge (format 2,")
        .hasMessageContaining("./converge up --fresh");
    assertThat(state.resolve("version")).hasContent("format=2");
    new Platform(new Layout(state, state), Ports.free(), java.util.Map.of()).forget();
    StateVersion.claim(new Layout(state, state));
  }

  @Test
  void aBrokersFolderIsThisClustersOrNew() throws IOException {
    Path data = state.resolve("kafka");
    StateVersion.requireUsableKafka(data, "ours");
    Files.createDirectories(data);
    StateVersion.requireUsableKafka(data, "ours");
    Files.writeString(data.resolve("meta.properties"), "version=1\ncluster.id=ours\nnode.id=1\n");
    StateVersion.requireUsableKafka(data, "ours");
  }

  @Test
  void aBrokersFolderOfAnotherClusterOrTornIsRefused() throws IOException {
    Path data = Files.createDirectories(state.resolve("kafka"));
    for (String torn :
        new String[] {
          "", "\\u00zz", "cluster.id=theirs\nnode.id=1", "cluster.id=ours\nnode.id=2"
        }) {
      Files.writeString(data.resolve("meta.properties"), torn);
      assertThatThrownBy(() -> StateVersion.requireUsableKafka(data, "ours"))
          .as(torn)
          .isInstanceOf(UnusableState.class)
          .hasMessageContaining(data.toString())
          .hasMessageContaining("docker-compose down -v");
    }
  }

  @Test
  void aDataDirectoryIsOfTheSameMajorVersionOrNew() throws IOException {
    Path data = state.resolve("order-db");
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();
    Files.createDirectories(data);
    assertThat(StateVersion.requireUsablePostgres("order-db", data, 17)).isFalse();
    Files.writeString(data.resolve("PG_VERSION"), "17\n");
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
}
