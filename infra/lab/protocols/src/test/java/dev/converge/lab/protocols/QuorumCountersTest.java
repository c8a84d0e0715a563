package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuorumCountersTest {
  private static final String FOLLOWER =
      """
      zk_version\t3.9.5
      zk_server_state\tfollower
      zk_packets_received\t40
      zk_packets_sent\t41
      zk_learner_proposal_received_count\t20
      zk_learner_commit_received_count\t19
      zk_avg_fsynctime\t1.5
      zk_cnt_fsynctime\t18
      """;

  @Test
  void messagesAreRequestsProposalsAndCommits() {
    QuorumCounters later = QuorumCounters.of(FOLLOWER);

    assertThat(later).isEqualTo(new QuorumCounters(79, 18));
    assertThat(later.since(new QuorumCounters(70, 15))).isEqualTo(new QuorumCounters(9, 3));
  }

  @Test
  void answerWithoutTheCountersIsRefused() {
    assertThatThrownBy(() -> QuorumCounters.of("mntr is not executed: it is not in the whitelist"))
        .isInstanceOf(LabProtocolsException.class);
  }
}
