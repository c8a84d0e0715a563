package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * The only way to the terminal: everything that a command prints is written as {@link
 * Visible#text}.
 */
final class VisibleOutput extends OutputStream {
  private static final int CHUNK = 4_096;

  private final PrintStream terminal;
  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  // Between writes, it holds the first bytes of an incomplete character.
  private final ByteBuffer bytes = ByteBuffer.allocate(CHUNK);

  private VisibleOutput(PrintStream terminal) {
    this.terminal = terminal;
  }

  /** Takes the place of the standard output and the standard error. */
  static void install() {
    System.setOut(before(System.out));
    System.setErr(before(System.err));
  }

  static PrintStream before(PrintStream terminal) {
    return new PrintStream(new VisibleOutput(terminal), true, UTF_8);
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
      terminal.print(Visible.text(characters.flip().toString()));
    }
  }

  @Override
  public void flush() {
    terminal.flush();
  }
}
