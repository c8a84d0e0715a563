package dev.converge.service.postgres;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.handler.timeout.IdleStateEvent;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.pgclient.impl.PgConnectionFactory;
import io.vertx.pgclient.impl.PgSocketConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.internal.Connection;
import io.vertx.sqlclient.internal.command.InitCommand;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.net.ConnectException;
import java.util.concurrent.TimeUnit;

/**
 * The client's driver, with a timeout for the whole login: startup, authentication and session
 * settings. A login that fails closes its socket. The driver of vertx-pg-client 5.0.8 waits for a
 * login without end, leaves the socket of a refused one open, and ignores the socket's options.
 */
final class BoundedLogins extends PgDriver {
  /** Timeout of a login, after the timeout of the TCP connection. */
  static final long LOGIN_TIMEOUT_MS = 3_000;

  private final AbandonedConnections abandoned;

  /**
   * @param abandoned decides whether a login may begin, and is notified of its end
   */
  BoundedLogins(AbandonedConnections abandoned) {
    this.abandoned = abandoned;
  }

  @Override
  public ConnectionFactory<PgConnectOptions> createConnectionFactory(
      Vertx vertx, NetClientOptions socket) {
    return new Connections((VertxInternal) vertx, socket, abandoned);
  }

  private static final class Connections extends PgConnectionFactory {
    private final NetClient sockets;
    private final AbandonedConnections abandoned;

    Connections(VertxInternal vertx, NetClientOptions socket, AbandonedConnections abandoned) {
      super(vertx);
      this.sockets = vertx.createNetClient(socket);
      this.abandoned = abandoned;
    }

    @Override
    public void close(Completable<Void> closed) {
      sockets.close().onComplete(done -> super.close(closed));
    }

    @Override
    protected Future<Connection> doConnectInternal(
        PgConnectOptions options, ContextInternal context) {
      if (options.getSslMode() != SslMode.DISABLE) {
        return context.failedFuture(new IllegalArgumentException("a login here has no TLS"));
      }
      if (!abandoned.mayOpen(System.nanoTime())) {
        return context.failedFuture(
            new ConnectException("the database accepts connections and does not answer logins"));
      }
      return sockets
          .connect(options.getSocketAddress())
          .compose(socket -> boundedLogin((NetSocketInternal) socket, options, context))
          .onSuccess(connection -> abandoned.succeeded())
          .onFailure(cause -> abandoned.failed(cause, System.nanoTime()));
    }

    private static Future<Connection> boundedLogin(
        NetSocketInternal socket, PgConnectOptions options, ContextInternal context) {
      return login(socket, options, context)
          .timeout(LOGIN_TIMEOUT_MS, TimeUnit.MILLISECONDS)
          .onFailure(cause -> closeNow(socket.channelHandlerContext().channel()));
    }

    private static Future<Connection> login(
        NetSocketInternal socket, PgConnectOptions options, ContextInternal context) {
      PgSocketConnection connection =
          new PgSocketConnection(
              socket,
              null,
              options,
              options.getCachePreparedStatements(),
              options.getPreparedStatementCacheMaxSize(),
              options.getPreparedStatementCacheSqlFilter(),
              options.getPipeliningLimit(),
              options.getUseLayer7Proxy(),
              context);
      connection.init();
      // Behind the handler that measures the silence, before the codec.
      socket.channelHandlerContext().pipeline().addBefore("codec", null, new CloseSilent());
      InitCommand startup =
          new InitCommand(
              connection,
              options.getUser(),
              options.getPassword(),
              options.getDatabase(),
              options.getProperties());
      Promise<Connection> answered = context.promise();
      connection.schedule(startup, answered);
      return answered.future();
    }
  }

  // The client's codec turns a close into a farewell, after which it waits without end for the
  // server to close. The first handler's context closes the socket below that codec.
  private static void closeNow(Channel channel) {
    ChannelOutboundInvoker first = channel.pipeline().firstContext();
    // Completes also where the socket was closed before.
    var unused = (first == null ? channel : first).close();
  }

  /** Closes a connection on which the server has been silent for as long as the socket allows. */
  private static final class CloseSilent extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext connection, Object event) {
      if (event instanceof IdleStateEvent) {
        closeNow(connection.channel());
      } else {
        connection.fireUserEventTriggered(event);
      }
    }
  }
}
