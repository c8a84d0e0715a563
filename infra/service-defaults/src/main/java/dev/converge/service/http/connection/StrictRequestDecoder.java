package dev.converge.service.http.connection;

import dev.converge.service.http.syntax.FieldValueReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's decoder of requests with stricter rules (ADR 0022).
 *
 * <p>A request line has single spaces, and only empty lines before it. A header has a name, a value
 * without control characters, and one line. Netty accepts more.
 *
 * <p>A chunked body follows its grammar: see {@link ChunkedBody}.
 *
 * <p>A request has exactly one length. Netty silently drops the Content-Length of a request with
 * two lengths, and ignores a Transfer-Encoding that it does not know. A proxy may read such a
 * request differently, which permits request smuggling (RFC 9112, 6.3). No honest client sends one.
 *
 * <p>A head that does not end in time is refused. The idle timeout does not apply to a client that
 * sends a byte now and then.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  static final String NAME = "httpDecoder";
  private static final Set<String> VERSIONS = Set.of("HTTP/1.0", "HTTP/1.1");

  private final long headWithinMs;
  private final Runnable whenReceived;
  private boolean awaitsHead = true;
  private boolean readsHeaders;
  private boolean isRefused;
  private int wordEnd;
  private @Nullable ChunkedBody chunks;
  // Bytes of chunks that were checked here and not yet decoded by the superclass.
  private int bytesAhead;
  private @Nullable ScheduledFuture<?> deadline;

  private StrictRequestDecoder(
      HttpServerOptions options, Duration headWithin, Runnable whenReceived) {
    super(options);
    this.headWithinMs = headWithin.toMillis();
    this.whenReceived = whenReceived;
  }

  /**
   * Replaces the connection's own decoder before it has read anything.
   *
   * @param whenReceived called at the end of each request
   */
  static void install(
      HttpConnection connection,
      HttpServerOptions options,
      Duration headWithin,
      Runnable whenReceived) {
    pipeline(connection)
        .replace(NAME, NAME, new StrictRequestDecoder(options, headWithin, whenReceived));
  }

  /** Answers a connection before its first request, and closes it. */
  static void refuseConnection(HttpConnection connection, String answer) {
    ByteBuf bytes = Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8);
    // Bypasses the encoder, which requires a request.
    pipeline(connection)
        .context(NAME)
        .writeAndFlush(bytes)
        .addListener(ChannelFutureListener.CLOSE);
  }

  private static ChannelPipeline pipeline(HttpConnection connection) {
    return ((HttpServerConnection) connection).channelHandlerContext().pipeline();
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (isRefused) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (awaitsHead && !isHeadAcceptable(in)) {
      refuse(in, out);
      return;
    }
    if (awaitsHead && !readsHeaders && isHalfAnEmptyLine(in)) {
      awaitHead(ctx);
      return;
    }
    if (chunks != null && !readChunks(chunks, in)) {
      refuse(in, out);
      return;
    }
    int before = out.size();
    int begin = in.readerIndex();
    super.decode(ctx, in, out);
    bytesAhead = Math.max(0, bytesAhead - (in.readerIndex() - begin));
    for (int i = before; i < out.size(); i++) {
      decoded(out.get(i));
    }
    if (awaitsHead && out.size() == before) {
      awaitHead(ctx);
    }
  }

  private void awaitHead(ChannelHandlerContext ctx) {
    if (deadline == null) {
      setDeadline(ctx);
    }
  }

  private void decoded(Object part) {
    if (part instanceof HttpRequest request) {
      cancelDeadline();
      awaitsHead = false;
      readsHeaders = false;
      boolean isChunked =
          request.decoderResult().isSuccess()
              && request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
      chunks = isChunked ? new ChunkedBody() : null;
      bytesAhead = 0;
    }
    if (part instanceof LastHttpContent) {
      awaitsHead = true;
      chunks = null;
      whenReceived.run();
    }
  }

  /** Skips empty lines, and refuses input that the superclass would tolerate. */
  private boolean isHeadAcceptable(ByteBuf in) {
    int at = in.readerIndex();
    int end = in.writerIndex();
    if (!readsHeaders) {
      while (at + 1 < end && in.getByte(at) == '\r' && in.getByte(at + 1) == '\n') {
        at += 2;
      }
      in.readerIndex(at);
      if (at < end && !isHalfAnEmptyLine(in) && !isToken(in.getByte(at))) {
        return false;
      }
      at = afterLine(in, at, end);
    }
    // A line that begins with a blank continues the header before it.
    while (at < end) {
      byte first = in.getByte(at);
      if (first == ' ' || first == '\t') {
        return false;
      }
      at = first == '\r' ? end : afterLine(in, at, end);
    }
    return true;
  }

  private static boolean isHalfAnEmptyLine(ByteBuf in) {
    return in.readableBytes() == 1 && in.getByte(in.readerIndex()) == '\r';
  }

  private static boolean isToken(byte b) {
    return b > ' ' && FieldValueReader.isTokenCharacter((char) b);
  }

  private static int afterLine(ByteBuf in, int from, int end) {
    int lf = in.indexOf(from, end, (byte) '\n');
    return lf < 0 ? end : lf + 1;
  }

  private boolean readChunks(ChunkedBody body, ByteBuf in) {
    int from = in.readerIndex() + bytesAhead;
    bytesAhead += body.read(in, from, in.writerIndex()) - from;
    return !body.isBroken();
  }

  private void refuse(ByteBuf in, List<Object> out) {
    isRefused = true;
    in.skipBytes(in.readableBytes());
    cancelDeadline();
    IllegalArgumentException cause = new IllegalArgumentException("not acceptable HTTP");
    if (awaitsHead) {
      HttpMessage invalid = createInvalidMessage();
      invalid.setDecoderResult(DecoderResult.failure(cause));
      out.add(invalid);
    } else {
      LastHttpContent broken = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
      broken.setDecoderResult(DecoderResult.failure(cause));
      out.add(broken);
    }
  }

  private void setDeadline(ChannelHandlerContext ctx) {
    deadline = ctx.executor().schedule(() -> refuseHead(ctx), headWithinMs, TimeUnit.MILLISECONDS);
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  private void refuseHead(ChannelHandlerContext ctx) {
    deadline = null;
    if (!ctx.channel().config().isAutoRead()) {
      // The rest may have arrived: nothing is read while earlier requests are in progress.
      setDeadline(ctx);
      return;
    }
    isRefused = true;
    HttpMessage late = createInvalidMessage();
    late.setDecoderResult(DecoderResult.failure(new HeadTooSlowException()));
    ctx.fireChannelRead(late);
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    cancelDeadline();
    super.channelInactive(ctx);
  }

  // The words of a request line are in one array, in order.
  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    wordEnd = start + length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    wordEnd = start + length;
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    return super.splitThirdWordInitialLine(line, start, length);
  }

  private void requireOneSpace(byte[] line, int start) {
    if (start != wordEnd + 1 || line[wordEnd] != ' ') {
      throw new IllegalArgumentException("not one space between the words of a request line");
    }
  }

  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    readsHeaders = true;
    if (!VERSIONS.contains(initialLine[2])) {
      throw new IllegalArgumentException("neither HTTP/1.1 nor HTTP/1.0");
    }
    return super.createMessage(initialLine);
  }

  // Netty's invalid message has the version HTTP/1.0, and the answer would have it too.
  @Override
  protected HttpMessage createInvalidMessage() {
    return super.createMessage(new String[] {"GET", "/", HttpVersion.HTTP_1_1.text()});
  }

  // Netty calls this for each request between its headers and its body. An exception here makes the
  // request invalid.
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    if (message != null) {
      HeaderRules.requireWellFormed(message.headers());
      HeaderRules.requireOneLength(message.protocolVersion(), message.headers());
    }
    return super.isContentAlwaysEmpty(message);
  }
}
