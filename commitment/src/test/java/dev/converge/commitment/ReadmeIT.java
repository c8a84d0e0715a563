package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.ORDER;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.example.Shop;
import dev.converge.commitment.example.Warehouse;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reader who follows the README has services that work. Method: its SQL and its Java are
 * taken from it and run, in new databases on three servers.
 */
class ReadmeIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  private static final TestServers SERVERS = TestServers.shared();
  private static final String DATABASE = "readme";

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  /** The README's code blocks of a language, in order. */
  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(read("commitment/README.md"))
        .results()
        .map((MatchResult block) -> block.group(1))
        .toList();
  }

  private static String withoutIndentation(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /** An example as the page shows it: without its package and the comment of its class. */
  private static String example(String name) throws IOException {
    String source =
        read("commitment/src/test/java/dev/converge/commitment/example/" + name + ".java");
    return source
        .replaceFirst("package dev\\.converge\\.commitment\\.example;\n", "")
        .replaceFirst("/\\*\\* .* \\*/\n", "");
  }

  @Test
  void javaIsExactlyThatOfTheExamples() throws IOException {
    assertThat(withoutIndentation(String.join("\n", blocks("java"))))
        .isEqualTo(
            withoutIndentation(example("TakeStock") + example("Warehouse") + example("Shop")));
  }

  @Test
  void dependenciesHaveTheVersionsOfTheBuild() throws IOException {
    String build = read("pom.xml");

    assertThat(blocks("xml").get(0))
        .contains("<version>" + first(build, "<version>") + "</version>");
    assertThat(read("commitment/README.md"))
        .contains("`curator-framework` " + first(build, "<curator.version>"))
        .contains("`zookeeper` " + first(build, "<zookeeper.version>"));
  }

  /** The text of the first element that begins with a tag. */
  private static String first(String xml, String tag) {
    int begin = xml.indexOf(tag, xml.indexOf("<artifactId>converge<")) + tag.length();
    return xml.substring(begin, xml.indexOf('<', begin));
  }

  @Test
  void stepsMakeWorkingServices() throws IOException {
    Vertx vertx = Vertx.vertx();
    URI inNorth = freeAddress();
    URI inSouth = freeAddress();
    URI inShop = freeAddress();
    Map<String, URI> services = Map.of("north", inNorth, "south", inSouth, "shop", inShop);
    Pool north = database(INVENTORY, blocks("sql").get(0));
    Pool south = database(PAYMENT, blocks("sql").get(0));
    Pool workingInNorth = SERVERS.pool(INVENTORY, DATABASE);
    Pool workingInSouth = SERVERS.pool(PAYMENT, DATABASE);
    Pool orders = database(ORDER, blocks("sql").get(1));
    await(Warehouse.run(vertx, workingInNorth, north, "north", inNorth.getPort(), services));
    await(Warehouse.run(vertx, workingInSouth, south, "south", inSouth.getPort(), services));
    Shop shop = new Shop(vertx, orders, services);
    await(shop.run(inShop.getPort()));

    // In a cold JVM on a busy machine, the first votes may be late.
    await("purchase").until(() -> await(shop.purchase("part")).decision() == Decision.COMMIT);
    await("both warehouses have committed")
        .until(() -> available(INVENTORY).equals("9") && available(PAYMENT).equals("9"));
    assertThat(SERVERS.value(ORDER, DATABASE, "SELECT count(*) FROM purchase")).isEqualTo("1");

    SERVERS.execute(PAYMENT, DATABASE, "UPDATE stock SET available = 0");
    await("refusal")
        .until(() -> await(shop.purchase("part")).refusal().equals(Optional.of("OUT_OF_STOCK")));
    await("nothing is in doubt").until(() -> SERVERS.value(INVENTORY, COUNT_PREPARED).equals("0"));
    assertThat(available(INVENTORY)).isEqualTo("9");
    assertThat(SERVERS.value(ORDER, DATABASE, "SELECT count(*) FROM purchase")).isEqualTo("1");

    await(vertx.close());
    await(north.close());
    await(south.close());
    await(workingInNorth.close());
    await(workingInSouth.close());
    await(orders.close());
  }

  private static final String COUNT_PREPARED = "SELECT count(*) FROM pg_prepared_xacts";

  private static String available(String domain) {
    return SERVERS.value(domain, DATABASE, "SELECT available FROM stock WHERE sku = 'part'");
  }

  private static Pool database(String domain, String sql) {
    SERVERS.execute(domain, "CREATE DATABASE " + DATABASE);
    SERVERS.execute(domain, DATABASE, TestServers.migration());
    SERVERS.execute(domain, DATABASE, sql);
    SERVERS.execute(
        domain, DATABASE, "GRANT ALL ON ALL TABLES IN SCHEMA public TO " + domain + "_service");
    return SERVERS.pool(domain, DATABASE);
  }

  private static URI freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }
}
