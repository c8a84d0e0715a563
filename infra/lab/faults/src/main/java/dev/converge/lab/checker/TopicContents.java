package dev.converge.lab.checker;

import java.util.List;

/**
 * The contents of the topics.
 *
 * @param views the topics as consumers see them, one for each isolation level
 */
public record TopicContents(
    List<TopicRecord> records, List<OffsetRow> offsets, List<LogView> views) {
  /** Topics that were not read. */
  static final TopicContents NOT_READ = new TopicContents(List.of(), List.of(), List.of());

  /**
   * A record of a topic; missing headers are empty.
   *
   * @param poison the lab's own name for a record that it has sent and no service did, whether it
   *     must be parked or handled
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
   * The progress of a consumer in a partition: the next offset to read, and the end. If that record
   * was deleted, the consumer continues at the first existing one.
   */
  public record OffsetRow(String consumer, String topic, int partition, long committed, long end) {}

  /**
   * The records of the topics, in the order in which a consumer reads them.
   *
   * @param isolation the consumer's isolation level
   */
  public record LogView(String isolation, List<Range> ranges, List<TopicRecord> records) {}

  /** A partition's first offset, and the one after its last. */
  public record Range(String topic, int partition, long begin, long end) {}
}
