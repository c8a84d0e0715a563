package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * The messages of one order, from its trace.
 *
 * @param orderId empty if the client was not answered
 * @param answer of the client, in words
 * @param isCut whether a participant was cut off while the order was decided
 * @param outcome of the three effects once quiescent, in words
 */
record MessageSequence(
    String orderId, String answer, boolean isCut, String outcome, List<Message> messages) {
  MessageSequence {
    messages = List.copyOf(messages);
  }

  /** How many messages were sent between services. */
  @JsonProperty
  int betweenServices() {
    return (int)
        messages.stream()
            .filter(message -> !message.from().equals("client"))
            .filter(message -> !message.from().equals(message.to()))
            .count();
  }

  /**
   * A message.
   *
   * @param atMillis since the order was sent
   * @param from a participant's name, such as {@code order}
   * @param to the same as {@code from} for a step of its own
   * @param lost whether it, or its answer, did not arrive
   */
  record Message(double atMillis, String from, String to, String name, boolean lost) {}
}
