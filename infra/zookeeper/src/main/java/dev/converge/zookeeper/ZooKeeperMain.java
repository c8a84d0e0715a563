package dev.converge.zookeeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/** A node of a ZooKeeper quorum on this machine, configured by its arguments. */
final class ZooKeeperMain {
  private ZooKeeperMain() {}

  /**
   * Arguments: the data directory, the port for clients, the number of this node, and for each node
   * of the quorum its address, with the ports for the other nodes and for elections.
   */
  public static void main(String[] args) throws Exception {
    Path data = Files.createDirectories(Path.of(args[0]));
    List<String> nodes = Arrays.asList(args).subList(3, args.length);
    // ZooKeeper reads its own number from a file only.
    Files.writeString(data.resolve("myid"), args[2]);
    QuorumPeerConfig config = new QuorumPeerConfig();
    config.parseProperties(properties(data, args[1], nodes));
    // Its embedded web server is not needed, and would use another port.
    System.setProperty("zookeeper.admin.enableServer", "false");
    new QuorumPeerMain().runFromConfig(config);
  }

  private static Properties properties(Path data, String clientPort, List<String> nodes)
      throws IOException {
    Properties properties = new Properties();
    properties.setProperty("dataDir", data.toString());
    properties.setProperty("clientPort", clientPort);
    properties.setProperty("clientPortAddress", "127.0.0.1");
    properties.setProperty("tickTime", "1000");
    properties.setProperty("initLimit", "10");
    properties.setProperty("syncLimit", "3");
    properties.setProperty("maxClientCnxns", "60");
    properties.setProperty("autopurge.snapRetainCount", "3");
    properties.setProperty("autopurge.purgeInterval", "1");
    properties.setProperty("4lw.commands.whitelist", "srvr,mntr");
    for (int i = 0; i < nodes.size(); i++) {
      properties.setProperty("server." + (i + 1), nodes.get(i));
    }
    return properties;
  }
}
