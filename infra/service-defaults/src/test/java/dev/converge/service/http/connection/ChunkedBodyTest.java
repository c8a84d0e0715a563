package dev.converge.service.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Goal: the end of a chunked body is found for every split of its bytes, and only the grammar is
 * accepted. Method: seeded bodies, split at random; then the same with a byte changed.
 */
class ChunkedBodyTest {
  private static final List<String> EXTENSIONS =
      List.of("", "", ";a", ";a=b", ";a=\"b; \\\" c\"", ";a;b=c;d=\"\"");
  private static final List<String> TRAILERS = List.of("", "", "X: y\r\n", "A:\r\nB: c \t d\r\n");

  private static byte[] body(Random random) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int left = random.nextInt(5); left > 0; left--) {
      byte[] data = new byte[1 + random.nextInt(40)];
      random.nextBytes(data);
      ascii(body, "0".repeat(random.nextInt(3)) + Integer.toHexString(data.length));
      ascii(body, one(random, EXTENSIONS) + "\r\n");
      body.writeBytes(data);
      ascii(body, "\r\n");
    }
    ascii(body, "0" + one(random, EXTENSIONS) + "\r\n" + one(random, TRAILERS) + "\r\n");
    return body.toByteArray();
  }

  private static void ascii(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String one(Random random, List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** Reads the bytes in pieces, and returns the number of bytes that were read. */
  private static int read(ChunkedBody body, byte[] bytes, Random random) {
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    int at = 0;
    while (at < bytes.length && !body.isEnded() && !body.isBroken()) {
      at = body.read(buffer, at, Math.min(bytes.length, at + 1 + random.nextInt(20)));
    }
    return at;
  }

  @Test
  void decoderReadsNothingBehindTheEndOfABody() {
    Seed.forEach(
        500,
        seed -> {
          Random random = new Random(seed);
          byte[] bytes = body(random);
          byte[] more = new byte[bytes.length + random.nextInt(30)];
          System.arraycopy(bytes, 0, more, 0, bytes.length);
          ChunkedBody body = new ChunkedBody();
          assertThat(read(body, more, random)).isEqualTo(bytes.length);
          assertThat(body.isEnded()).isTrue();
        });
  }

  @Test
  void bodyWithoutItsEndIsNeitherEndedNorBroken() {
    Seed.forEach(
        500,
        seed -> {
          Random random = new Random(seed);
          byte[] bytes = body(random);
          byte[] part = new byte[random.nextInt(bytes.length)];
          System.arraycopy(bytes, 0, part, 0, part.length);
          ChunkedBody body = new ChunkedBody();
          assertThat(read(body, part, random)).isEqualTo(part.length);
          assertThat(body.isEnded() || body.isBroken()).isFalse();
        });
  }

  @Test
  void whitespaceInTheFirstSizeLineIsRefused() {
    Seed.forEach(
        500,
        seed -> {
          Random random = new Random(seed);
          String text = new String(body(random), StandardCharsets.ISO_8859_1);
          int end = text.indexOf('\r');
          int quote = text.indexOf('"');
          int at = random.nextInt(1 + (quote >= 0 && quote < end ? quote : end));
          String blank = one(random, List.of(" ", "\t", "\u000b", "\u0000", "\n", "\u00a0"));
          String spoiled = text.substring(0, at) + blank + text.substring(at);
          ChunkedBody body = new ChunkedBody();
          int unused = read(body, spoiled.getBytes(StandardCharsets.ISO_8859_1), random);
          assertThat(body.isBroken()).as(spoiled).isTrue();
        });
  }
}
