package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import org.jspecify.annotations.Nullable;

/**
 * The only way to the terminal: everything that a command prints is written as {@link
 * Visible#text}. {@link Screen} adds its own sequences beside it.
 */
final class VisibleOutput extends OutputStream {
  private static final int CHUNK = 4_096;

  private static volatile @Nullable PrintStream terminal;

  private final PrintStream shown;
  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  // Between writes, it holds the first bytes of an incomplete character.
  private final ByteBuffer bytes = ByteBuffer.allocate(CHUNK);

  private VisibleOutput(PrintStream shown) {
    this.shown = shown;
  }

  /** Takes the place of the standard output and the standard error. */
  static void install() {
    terminal = System.out;
    System.setOut(before(System.out));
    System.setErr(before(System.err));
  }

  /** The standard output as it was, for {@link Screen}; null if it was not replaced. */
  static @Nullable PrintStream terminal() {
    return terminal;
  }

  static PrintStream before(PrintStream shown) {
    return new PrintStream(new VisibleOutput(shown), true, UTF_8);
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] source, int offset, int length) {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      int taken = Math.min(end - from, bytes.remaining());
      bytes.put(source, from, taken);
      from += taken;
      bytes.flip();
      CharBuffer characters = CharBuffer.allocate(CHUNK);
      decoder.decode(bytes, characters, false);
      bytes.compact();
      shown.print(Visible.text(characters.flip().toString()));
    }
  }

  @Override
  public void flush() {
    shown.flush();
  }
}
