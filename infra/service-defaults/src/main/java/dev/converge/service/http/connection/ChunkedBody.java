package dev.converge.service.http.connection;

import io.netty.buffer.ByteBuf;

/**
 * Checks the grammar of a chunked body (RFC 9112, 7.1) byte by byte. A lenient parser may read
 * another size than a strict proxy before it, and so see another request. Extensions and trailers
 * must be well-formed and short; their content is ignored.
 */
final class ChunkedBody {
  private static final int MOST_SIZE_DIGITS = 16;
  private static final int MOST_EXTENSION_BYTES = 256;
  private static final int MOST_TRAILER_BYTES = ConnectionLimits.HEADER_BYTES;
  private static final String MARKS = "!#$%&'*+-.^_`|~";

  private enum State {
    SIZE,
    BEFORE_NAME,
    NAME,
    BEFORE_VALUE,
    TOKEN,
    QUOTED,
    ESCAPED,
    AFTER_QUOTED,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF,
    END,
    BROKEN
  }

  private State state = State.SIZE;
  private long size;
  private int digits;
  private int extensionBytes;
  private int trailerBytes;

  /**
   * Reads more bytes, and returns the index at which it stopped: the end of the bytes or of the
   * body, or the byte that broke the grammar.
   */
  int read(ByteBuf bytes, int from, int to) {
    int at = from;
    while (at < to && state != State.END && state != State.BROKEN) {
      if (state == State.DATA) {
        int step = (int) Math.min(size, to - at);
        size -= step;
        at += step;
        state = size == 0 ? State.DATA_CR : State.DATA;
      } else {
        state = after(bytes.getByte(at++) & 0xff);
      }
    }
    return at;
  }

  boolean isEnded() {
    return state == State.END;
  }

  boolean isBroken() {
    return state == State.BROKEN;
  }

  private State after(int b) {
    return switch (state) {
      case SIZE -> afterSize(b);
      case DATA_CR -> b == '\r' ? State.DATA_LF : State.BROKEN;
      case DATA_LF -> b == '\n' ? nextChunk() : State.BROKEN;
      case SIZE_LF -> b == '\n' ? afterSizeLine() : State.BROKEN;
      case TRAILER, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, END_LF -> inTrailer(b);
      case DATA, END, BROKEN -> state;
      default -> ++extensionBytes > MOST_EXTENSION_BYTES ? State.BROKEN : inExtension(b);
    };
  }

  private State nextChunk() {
    digits = 0;
    extensionBytes = 0;
    return State.SIZE;
  }

  private State afterSizeLine() {
    return size == 0 ? State.TRAILER : State.DATA;
  }

  private State afterSize(int b) {
    int digit = b < 128 ? Character.digit(b, 16) : -1;
    if (digit >= 0) {
      size = size * 16 + digit;
      return ++digits > MOST_SIZE_DIGITS || size > Integer.MAX_VALUE ? State.BROKEN : State.SIZE;
    }
    return digits == 0 ? State.BROKEN : afterWord(b);
  }

  // The grammar permits recipients to accept whitespace, but attacks use it to hide sizes.
  private static State afterWord(int b) {
    return b == '\r' ? State.SIZE_LF : b == ';' ? State.BEFORE_NAME : State.BROKEN;
  }

  private State inExtension(int b) {
    return switch (state) {
      case BEFORE_NAME -> isToken(b) ? State.NAME : State.BROKEN;
      case NAME -> isToken(b) ? state : b == '=' ? State.BEFORE_VALUE : afterWord(b);
      case BEFORE_VALUE -> b == '"' ? State.QUOTED : isToken(b) ? State.TOKEN : State.BROKEN;
      case TOKEN -> isToken(b) ? state : afterWord(b);
      case QUOTED ->
          b == '"'
              ? State.AFTER_QUOTED
              : b == '\\' ? State.ESCAPED : isText(b) ? state : State.BROKEN;
      case ESCAPED -> isText(b) ? State.QUOTED : State.BROKEN;
      case AFTER_QUOTED -> afterWord(b);
      default -> throw new IllegalStateException("not in an extension: " + state);
    };
  }

  private State inTrailer(int b) {
    if (++trailerBytes > MOST_TRAILER_BYTES) {
      return State.BROKEN;
    }
    return switch (state) {
      case TRAILER -> b == '\r' ? State.END_LF : isToken(b) ? State.TRAILER_NAME : State.BROKEN;
      case TRAILER_NAME -> isToken(b) ? state : b == ':' ? State.TRAILER_VALUE : State.BROKEN;
      case TRAILER_VALUE -> b == '\r' ? State.TRAILER_LF : isText(b) ? state : State.BROKEN;
      case TRAILER_LF -> b == '\n' ? State.TRAILER : State.BROKEN;
      default -> b == '\n' ? State.END : State.BROKEN;
    };
  }

  private static boolean isToken(int b) {
    return b < 128 && (Character.isLetterOrDigit(b) || MARKS.indexOf(b) >= 0);
  }

  private static boolean isText(int b) {
    return b == '\t' || (b >= ' ' && b != 0x7f);
  }
}
