package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Goal: {@link ProtocolFaultIT} loses as many messages of each protocol as docs/experiments.md
 * says. Method: its cases are counted, and none is run.
 */
class InterruptedMessagesTest {
  private static long messages(Stream<Arguments> cases, CommitProtocol protocol, int position) {
    return cases
        .map(Arguments::get)
        .filter(of -> of[0] == protocol)
        .map(of -> of[position])
        .distinct()
        .count();
  }

  @Test
  void eachMessageIsLostAndOfTheTerminationProtocolThree() {
    assertThat(messages(ProtocolFaultIT.threePhaseKills(), CommitProtocol.THREE_PHASE, 2))
        .isEqualTo(8);
    assertThat(
            messages(ProtocolFaultIT.threePhaseKills(), CommitProtocol.THREE_PHASE_TERMINATION, 2))
        .isEqualTo(3);
    for (CommitProtocol protocol :
        new CommitProtocol[] {
          CommitProtocol.TCC, CommitProtocol.TWO_PHASE, CommitProtocol.QUORUM
        }) {
      assertThat(messages(ProtocolFaultIT.messages(), protocol, 2)).isEqualTo(6);
    }
  }
}
