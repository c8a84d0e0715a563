package dev.converge.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's decoder, stricter in three ways.
 *
 * <p>A header has a name. Netty takes one without.
 *
 * <p>A request says in one way, and without doubt, where it ends. Netty drops the Content-Length of
 * a request of two lengths in silence, and takes a Transfer-Encoding it does not know for none at
 * all. It is how requests are smuggled past a proxy that reads them otherwise (RFC 9112, 6.3), and
 * no honest client sends such.
 *
 * <p>A head that does not end in time is refused. To the watch for idle connections a client that
 * sends a byte now and then is not idle.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  private static final String NAME = "httpDecoder";
  private static final Set<String> VERSIONS = Set.of("HTTP/1.0", "HTTP/1.1");
  // RFC 9110, 5.6.2: what a name may hold beside letters and digits.
  private static final String MARKS = "!#$%&'*+-.^_`|~";
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /** The head of a request took too long to arrive. */
  static final class HeadTooSlowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HeadTooSlowException() {
      super("head not complete in time", null, false, false);
    }
  }

  private final long headWithinMs;
  private boolean awaitsHead = true;
  private boolean tooSlow;
  private @Nullable ScheduledFuture<?> deadline;

  private StrictRequestDecoder(HttpServerOptions options, Duration headWithin) {
    super(options);
    this.headWithinMs = headWithin.toMillis();
  }

  /** Takes the place of the connection's own decoder, before that has read anything. */
  static void install(HttpConnection connection, HttpServerOptions options, Duration headWithin) {
    pipeline(connection).replace(NAME, NAME, new StrictRequestDecoder(options, headWithin));
  }

  /** Answers a connection that has asked nothing yet, and ends it. */
  static void turnAway(HttpConnection connection, String answer) {
    ByteBuf bytes = Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8);
    // Past the encoder, which would ask for the request that this answers.
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
    if (tooSlow) {
      in.skipBytes(in.readableBytes());
      return;
    }
    int before = out.size();
    super.decode(ctx, in, out);
    for (Object decoded : out.subList(before, out.size())) {
      awaitsHead = decoded instanceof LastHttpContent;
      if (decoded instanceof HttpRequest) {
        cancelDeadline();
      }
    }
    if (awaitsHead && out.size() == before && deadline == null) {
      setDeadline(ctx);
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
      // The rest may have come: we do not read while requests before it wait for their turn.
      setDeadline(ctx);
      return;
    }
    tooSlow = true;
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

  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    if (!VERSIONS.contains(initialLine[2])) {
      throw new IllegalArgumentException("neither HTTP/1.1 nor HTTP/1.0");
    }
    return super.createMessage(initialLine);
  }

  // Netty's own is of HTTP/1.0, and so would be the answer.
  @Override
  protected HttpMessage createInvalidMessage() {
    return super.createMessage(new String[] {"GET", "/", HttpVersion.HTTP_1_1.text()});
  }

  // Netty asks this of each request between its headers and its body, and takes an exception for a
  // request that cannot be read.
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    if (message != null) {
      requireNames(message.headers());
      requireOneLength(message.protocolVersion(), message.headers());
    }
    return super.isContentAlwaysEmpty(message);
  }

  private static void requireNames(HttpHeaders headers) {
    headers
        .iteratorCharSequence()
        .forEachRemaining(
            header -> {
              if (!isToken(header.getKey())) {
                throw new IllegalArgumentException("a header without a proper name");
              }
            });
  }

  private static boolean isToken(CharSequence name) {
    return name.length() > 0
        && name.chars()
            .allMatch(c -> Character.isLetterOrDigit(c) ? c < 128 : MARKS.indexOf(c) >= 0);
  }

  private static void requireOneLength(HttpVersion version, HttpHeaders headers) {
    List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean plain =
        encodings.isEmpty()
            && (lengths.isEmpty()
                || (lengths.size() == 1 && LENGTH.matcher(lengths.get(0)).matches()));
    boolean chunked =
        lengths.isEmpty()
            && encodings.size() == 1
            && encodings.get(0).equalsIgnoreCase("chunked")
            && version.equals(HttpVersion.HTTP_1_1);
    if (!plain && !chunked) {
      throw new IllegalArgumentException("no single length, or not one we know");
    }
  }
}
