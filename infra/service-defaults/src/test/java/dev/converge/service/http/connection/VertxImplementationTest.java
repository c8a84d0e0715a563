package dev.converge.service.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.HttpObjectDecoder;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: an upgrade of Vert.x or Netty that changes the classes below {@link StrictRequestDecoder}
 * fails here first; ADR 0022 lists what to check then. Method: the classes by reflection, and the
 * pipeline of a real connection.
 */
class VertxImplementationTest {
  private static final String REVIEW = "changed by an upgrade: see docs/adr/0022";

  @Test
  void decoderOfVertxOverridesTheSameMethods() {
    List<String> overridden =
        methods(VertxHttpRequestDecoder.class)
            .filter(method -> !Modifier.isPrivate(method.getModifiers()))
            .map(Method::getName)
            .sorted()
            .toList();

    assertThat(VertxHttpRequestDecoder.class.getSuperclass())
        .as(REVIEW)
        .isEqualTo(HttpRequestDecoder.class);
    assertThat(overridden)
        .as(REVIEW)
        .containsExactly("createMessage", "isContentAlwaysEmpty", "splitHeaderName");
  }

  @Test
  void decoderOfVertxIsCreatedFromTheServersOptions() {
    assertThat(VertxHttpRequestDecoder.class.getDeclaredConstructors())
        .as(REVIEW)
        .extracting(Constructor::getParameterTypes)
        .containsExactly(new Class<?>[] {HttpServerOptions.class});
  }

  @Test
  void nettyHasTheHooksThatTheStrictDecoderOverrides() {
    List<String> hooks =
        List.of(
            "createInvalidMessage",
            "decode",
            "splitFirstWordInitialLine",
            "splitSecondWordInitialLine",
            "splitThirdWordInitialLine");

    for (String hook : hooks) {
      assertThat(Stream.concat(methods(HttpRequestDecoder.class), methods(HttpObjectDecoder.class)))
          .as("%s %s", hook, REVIEW)
          .anyMatch(method -> method.getName().equals(hook) && isOverridable(method));
    }
  }

  private static Stream<Method> methods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods()).filter(method -> !method.isSynthetic());
  }

  private static boolean isOverridable(Method method) {
    int modifiers = method.getModifiers();
    return !Modifier.isFinal(modifiers)
        && !Modifier.isStatic(modifiers)
        && (Modifier.isProtected(modifiers) || Modifier.isPublic(modifiers));
  }

  @Test
  void connectionHasTheDecoderUnderItsName() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Promise<ChannelHandler> decoder = Promise.promise();
      HttpServer server =
          vertx
              .createHttpServer(
                  new HttpServerOptions()
                      .setHost("127.0.0.1")
                      .setPort(0)
                      .setHttp2ClearTextEnabled(false))
              .connectionHandler(connection -> decoder.complete(decoder(connection)))
              .requestHandler(request -> request.response().end())
              .listen()
              .await(10, TimeUnit.SECONDS);

      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
        assertThat(socket.isConnected()).isTrue();
        assertThat(decoder.future().await(10, TimeUnit.SECONDS))
            .as(REVIEW)
            .isExactlyInstanceOf(VertxHttpRequestDecoder.class);
      }
    } finally {
      vertx.close().await(10, TimeUnit.SECONDS);
    }
  }

  private static ChannelHandler decoder(HttpConnection connection) {
    return ((HttpServerConnection) connection)
        .channelHandlerContext()
        .pipeline()
        .get(StrictRequestDecoder.NAME);
  }
}
