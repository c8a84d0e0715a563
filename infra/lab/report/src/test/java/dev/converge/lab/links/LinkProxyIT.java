package dev.converge.lab.links;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.testkit.Seed;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a link is degraded in the chosen way, and otherwise correct. Method: real sockets. */
class LinkProxyIT {
  private static final int ANSWER_WITHIN_MS = 20_000;
  private static final int SILENT_FOR_MS = 300;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private LinkProxy link = LinkProxy.to(vertx, 1);

  @BeforeEach
  void startEcho() throws Exception {
    link = LinkProxy.to(vertx, answering(UnaryOperator.identity()));
  }

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(names = {"PASS", "DELAY", "SLICE", "SLOW"})
  void linkPassesBytesOnUnchanged(Mode mode) throws Exception {
    link.set(mode);
    byte[] sent = bytes(1, 20_000);
    try (Socket socket = open()) {
      socket.getOutputStream().write(sent);
      assertThat(socket.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "other systems need an alias for the address")
  void linkAtAnotherAddressHasThePortOfItsTarget() throws Exception {
    int port = answering(UnaryOperator.identity());
    LinkProxy linked = LinkProxy.at(vertx, "127.77.1.2", port);
    assertThat(linked.port()).isEqualTo(port);
    try (Socket direct = new Socket(InetAddress.getLoopbackAddress(), port);
        Socket socket = new Socket(InetAddress.getByName("127.77.1.2"), port)) {
      direct.setSoTimeout(ANSWER_WITHIN_MS);
      socket.setSoTimeout(ANSWER_WITHIN_MS);
      echoes(socket);
      linked.set(Mode.CUT);
      assertThat(ends(socket)).isTrue();
      echoes(direct);
    }
  }

  @Test
  void bytesKeepTheirOrderWhileTheLinkChanges() {
    Seed.forEach(
        3,
        seed -> {
          Mode[] modes = {Mode.PASS, Mode.SLICE, Mode.SLOW};
          Random random = new Random(seed);
          byte[] sent = bytes(seed, 60_000);
          try (Socket socket = open()) {
            for (int at = 0; at < sent.length; at += 3_000) {
              link.set(modes[random.nextInt(modes.length)]);
              socket.getOutputStream().write(sent, at, 3_000);
            }
            assertThat(socket.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void cutLinkClosesOldAndNewConnectionsUntilItHeals() throws Exception {
    try (Socket before = open()) {
      echoes(before);
      link.set(Mode.CUT);
      assertThat(ends(before)).isTrue();
    }
    try (Socket meanwhile = open()) {
      assertThat(ends(meanwhile)).isTrue();
    }
    link.set(Mode.PASS);
    try (Socket after = open()) {
      echoes(after);
    }
  }

  @Test
  void halfOpenLinkIsSilentAndClosesItsConnectionsWhenItHeals() throws Exception {
    try (Socket socket = open()) {
      echoes(socket);
      link.set(Mode.HALF_OPEN);
      socket.setSoTimeout(SILENT_FOR_MS);
      // The change happens on the link's own thread: earlier bytes are echoed.
      assertThatThrownBy(
              () -> {
                while (true) {
                  echoes(socket);
                }
              })
          .isInstanceOf(SocketTimeoutException.class);
      socket.setSoTimeout(ANSWER_WITHIN_MS);
      link.set(Mode.PASS);
      assertThat(ends(socket)).isTrue();
    }
  }

  /** The port of a server that answers what it receives. */
  private int answering(UnaryOperator<Buffer> answer) throws Exception {
    NetServer server =
        vertx
            .createNetServer()
            .connectHandler(socket -> socket.handler(bytes -> socket.write(answer.apply(bytes))));
    return server.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
  }

  @Test
  void oneWayLinkPassesRequestsAndDropsAnswers() throws Exception {
    BlockingQueue<Byte> arrived = new LinkedBlockingQueue<>();
    int counting =
        answering(
            bytes -> {
              arrived.add(bytes.getByte(bytes.length() - 1));
              return bytes;
            });
    link = LinkProxy.to(vertx, counting);
    try (Socket socket = open()) {
      echoes(socket);
      link.set(Mode.ONE_WAY);
      socket.setSoTimeout(SILENT_FOR_MS);
      assertThatThrownBy(
              () -> {
                while (true) {
                  echoes(socket);
                }
              })
          .isInstanceOf(SocketTimeoutException.class);
      socket.getOutputStream().write(9);
      byte last = 0;
      while (last != 9) {
        last = Objects.requireNonNull(arrived.poll(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS));
      }
      socket.setSoTimeout(ANSWER_WITHIN_MS);
      link.set(Mode.PASS);
      assertThat(ends(socket)).isTrue();
    }
  }

  @Test
  void awaitedTextRunsTheActionThatDegradesTheLink() throws Exception {
    link.onceSent("/precommit", () -> link.setNow(Mode.HALF_OPEN));
    try (Socket socket = open()) {
      echoes(socket);
      socket.getOutputStream().write("POST /precommit".getBytes(StandardCharsets.US_ASCII));
      socket.setSoTimeout(SILENT_FOR_MS);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void awaitedAnswerIsLostAfterItsRequestHasArrived() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    int voting =
        answering(
            bytes -> {
              arrived.add(bytes.toString());
              return Buffer.buffer("PREPARED");
            });
    link.lead(voting);
    link.onceAnswered("PREPARED", () -> link.setNow(Mode.HALF_OPEN));
    try (Socket socket = open()) {
      socket.getOutputStream().write("PUT".getBytes(StandardCharsets.US_ASCII));
      assertThat(arrived.poll(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS)).isEqualTo("PUT");
      socket.setSoTimeout(SILENT_FOR_MS);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void forgottenTextRunsNothing() throws Exception {
    link.onceSent("/precommit", () -> link.setNow(Mode.CUT));
    link.forgetText();
    try (Socket socket = open()) {
      byte[] text = "POST /precommit".getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(text);
      assertThat(socket.getInputStream().readNBytes(text.length)).isEqualTo(text);
    }
  }

  @Test
  void bytesUnderWayAreLostWhenADelayedLinkGoesSilent() throws Exception {
    link.delay(100, 100);
    try (Socket socket = open()) {
      socket.getOutputStream().write(7);
      link.set(Mode.HALF_OPEN);
      socket.setSoTimeout(2 * SILENT_FOR_MS);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void linkLeadsNewConnectionsElsewhere() throws Exception {
    NetServer other =
        vertx
            .createNetServer()
            .connectHandler(socket -> socket.handler(b -> socket.write("other")));
    int port = other.listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
    try (Socket before = open()) {
      echoes(before);
      link.lead(port);
      assertThat(ends(before)).isTrue();
    }
    try (Socket after = open()) {
      after.getOutputStream().write(7);
      assertThat(after.getInputStream().readNBytes(5)).asString().isEqualTo("other");
    }
  }

  @Test
  void linkWithoutServerClosesNewConnections() throws Exception {
    link = LinkProxy.to(vertx, 1);
    try (Socket socket = open()) {
      assertThat(ends(socket)).isTrue();
    }
  }

  private Socket open() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
    socket.setSoTimeout(ANSWER_WITHIN_MS);
    return socket;
  }

  private static void echoes(Socket socket) throws IOException {
    socket.getOutputStream().write(7);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
  }

  private static boolean ends(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() == -1;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
