package dev.converge.lab.concepts;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of texts with 64 bits, from their MD5 digest: its first half xor its second half. */
final class Hash64 {
  private static final int BYTES = 8;

  private Hash64() {}

  /** All 64 bits depend on the text. */
  static long sound(String text) {
    ByteBuffer digest = ByteBuffer.wrap(md5(text));
    long firstHalf = digest.getLong();
    return firstHalf ^ digest.getLong();
  }

  /**
   * The hash of Vert.x' {@code ConsistentHashingSelector}, whose method is private. It combines
   * bytes with {@code |} and extends their sign first, so a negative byte sets all bits before it.
   */
  static long vertx(String text) {
    byte[] digest = md5(text);
    long hash = 0;
    for (int at = 0; at < BYTES; at++) {
      byte folded = (byte) (digest[at] ^ digest[at + BYTES]);
      hash |= (long) folded << (BYTES * (BYTES - 1 - at));
    }
    return hash;
  }

  private static byte[] md5(String text) {
    try {
      return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
