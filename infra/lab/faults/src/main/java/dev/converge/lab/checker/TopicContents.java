package dev.converge.lab.checker;

import java.util.List;

/**
 * The contents of the topics.
 *
 * @param views what consumers see of the topics, one for each isolation level
 */
public record TopicContents(
    List<TopicRecord> records, List<OffsetRow> offsets, List<LogView> views) {
  /** Topics that were not read. */
  static final TopicContents NOT_READ = new TopicContents(List.of(), List.of(), List.of());

  /**
   * A record of a topic; what it lacks is empty.
   *
   * @param poison the lab's own name for a record that it has sent and no service ever did, whether
   *     it must be parked or handled
   */
  public record TopicRecord(
      Place place,
      String id,
      String source,
      String key,
      long sequence,
      String payloadHash,
      String poison) {}

  /** A place in the log. */
  public record Place(String topic, int partition, long offset) {}

  /**
   * How far a consumer has come in a partition: the next offset it would read, and the end. Where
   * what it would read is gone, it reads on from the first record there is.
   */
  public record OffsetRow(String consumer, String topic, int partition, long committed, long end) {}

  /**
   * All that a consumer sees of the topics, in the order in which it sees it.
   *
   * @param isolation the consumer's isolation level
   */
  public record LogView(String isolation, List<Range> ranges, List<TopicRecord> records) {}

  /** A partition's first offset, and the one after its last. */
  public record Range(String topic, int partition, long begin, long end) {}
}
