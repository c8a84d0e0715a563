package dev.converge.service;

import io.netty.handler.codec.http.HttpMessage;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;

/**
 * Vert.x's decoder, which takes Netty's word for a request of two lengths: Netty drops the
 * Content-Length in silence. It is how requests are smuggled past a proxy that goes by the other
 * one (RFC 9112, 6.3), and no honest client sends it.
 */
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  private StrictRequestDecoder(HttpServerOptions options) {
    super(options);
  }

  /** Takes the place of the connection's own decoder, before that has read anything. */
  static void install(HttpConnection connection, HttpServerOptions options) {
    ((HttpServerConnection) connection)
        .channelHandlerContext()
        .pipeline()
        .replace("httpDecoder", "httpDecoder", new StrictRequestDecoder(options));
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
  }
}
