package dev.converge.bounds;

import java.nio.ByteBuffer;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the bytes that one poll returns. Kafka's client bounds the records of a poll by their
 * number, and a fetch by its compressed bytes: some kilobytes may decompress to gigabytes.
 *
 * <p>Deserializes keys and values until the records of a poll reach the bound, then refuses the
 * next one. The client then returns the records before it. It keeps the rest as it was fetched, and
 * deserializes the refused record in the next poll. The first record of a poll is never refused.
 *
 * @param <T> what a key or a value is read as
 */
public final class PollBudget<T> implements Deserializer<T> {
  /** In decompressed bytes. */
  static final int MAX_BYTES = 8 << 20;

  /** The memory that a header takes, apart from its name and value. */
  static final int HEADER_BYTES = 100;

  private final Function<ByteBuffer, T> read;
  private long taken;
  private @Nullable Headers admitted;

  /**
   * @param read reads a key or a value; its bytes count whether or not it keeps them
   */
  public PollBudget(Function<ByteBuffer, T> read) {
    this.read = read;
  }

  /** A poll begins. Call it before each, on the thread that polls next. */
  public void begin() {
    taken = 0;
    admitted = null;
  }

  @Override
  public T deserialize(String topic, Headers headers, ByteBuffer data) {
    admit(headers);
    taken += data.remaining();
    return read.apply(data);
  }

  @Override
  public T deserialize(String topic, byte[] data) {
    throw new UnsupportedOperationException("without headers");
  }

  // A record is admitted once, with its key or its value, whichever comes first.
  private void admit(Headers headers) {
    if (headers == admitted) {
      return;
    }
    if (taken >= MAX_BYTES) {
      throw new SerializationException("the poll is full");
    }
    admitted = headers;
    for (Header header : headers) {
      byte[] value = header.value();
      taken += HEADER_BYTES + header.key().length() + (value == null ? 0 : value.length);
    }
  }

  // The client logs the name of a deserializer that refuses a record.
  @Override
  public String toString() {
    return "poll of " + MAX_BYTES + " bytes, the rest follows";
  }
}
