package dev.converge.lab.protocols;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counters of the quorum at one moment, of all its nodes.
 *
 * @param messages requests of clients, and to each follower a proposal and a commit for each write;
 *     a request or a proposal and its answer are one. A request that a follower passes on to the
 *     leader is not counted again. Pings of idle sessions are requests, too.
 * @param forcedWrites flushes of the nodes' logs to disk; writes at the same time share one
 */
record QuorumCounters(long messages, long forcedWrites) {
  static final QuorumCounters NONE = new QuorumCounters(0, 0);

  private static final int WITHIN_MILLIS = 2_000;

  // Only a follower has those of proposals and commits.
  private static final List<String> MESSAGES =
      List.of(
          "zk_packets_received",
          "zk_learner_proposal_received_count",
          "zk_learner_commit_received_count");

  private static final String FORCED_WRITES = "zk_cnt_fsynctime";

  /** Asks each node. */
  static QuorumCounters read(List<Integer> ports) {
    QuorumCounters sum = NONE;
    for (int port : ports) {
      try {
        sum = sum.plus(of(ask(port)));
      } catch (IOException e) {
        throw new LabProtocolsException("a node of the quorum does not say its counters", e);
      }
    }
    return sum;
  }

  private static String ask(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(WITHIN_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WITHIN_MILLIS);
      socket.getOutputStream().write("mntr".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** The counters of a node, of its answer to {@code mntr}: a name, a tab and a value a line. */
  static QuorumCounters of(String answer) {
    Map<String, Long> values = new TreeMap<>();
    for (String line : answer.lines().toList()) {
      int tab = line.indexOf('\t');
      String name = tab < 0 ? "" : line.substring(0, tab);
      if (MESSAGES.contains(name) || FORCED_WRITES.equals(name)) {
        values.put(name, (long) Double.parseDouble(line.substring(tab + 1)));
      }
    }
    Long forced = values.remove(FORCED_WRITES);
    if (forced == null) {
      throw new LabProtocolsException("no " + FORCED_WRITES + " in " + answer);
    }
    return new QuorumCounters(values.values().stream().mapToLong(Long::longValue).sum(), forced);
  }

  private QuorumCounters plus(QuorumCounters other) {
    return new QuorumCounters(messages + other.messages, forcedWrites + other.forcedWrites);
  }

  QuorumCounters since(QuorumCounters earlier) {
    return new QuorumCounters(messages - earlier.messages, forcedWrites - earlier.forcedWrites);
  }

  /** As {@link Counters#beyond}. */
  QuorumCounters beyond(QuorumCounters idle, double times) {
    return new QuorumCounters(
        messages - Math.round(idle.messages * times),
        forcedWrites - Math.round(idle.forcedWrites * times));
  }
}
