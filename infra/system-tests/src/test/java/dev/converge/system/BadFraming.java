package dev.converge.system;

import static dev.converge.system.BadInput.Expected.ACCEPTED;
import static dev.converge.system.BadInput.Expected.REFUSED;
import static dev.converge.system.BadInput.Expected.REFUSED_AS_SENT;
import static dev.converge.system.BadInput.Expected.REFUSED_OR_CUT_OFF;

import dev.converge.platform.Part;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests with an ambiguous start, end or size, and requests that are not HTTP/1.1. */
final class BadFraming extends RequestParts {
  /** A request behind another one, where only a wrong reading of its length finds it. */
  private static final String HIDDEN = "GET /orders?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private static final String CHUNKS = "0\r\n\r\n" + HIDDEN;

  private static final List<String> BAD_FORMS =
      List.of(
          "Content-Length: " + CHUNKS.length() + "\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: chunked\r\nContent-Length: 4",
          "Transfer-Encoding: xchunked",
          "Transfer-Encoding : chunked",
          "Transfer-Encoding: chunked, identity",
          "Transfer-Encoding: identity, chunked",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
          "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: chunked\u000b",
          "Transfer-Encoding: \u0000chunked",
          "Transfer-Encoding: \"chunked\"",
          "Transfer-Encoding: gzip, chunked",
          "Transfer-Encoding: chunked;q=1",
          "Transfer-Encoding:\r\n chunked",
          "Transfer\u0000-Encoding: chunked",
          "Content-Length: 5\r\nContent-Length: " + CHUNKS.length(),
          "Content-Length: 5, " + CHUNKS.length(),
          "Content-Length: +5",
          "Content-Length: -5",
          "Content-Length: 0x5",
          "Content-Length: 5 5",
          "Content-Length: 5;x",
          "Content-Length: 5\u0000",
          "Content-Length: 5\r\ncontent-length: 5",
          "Content-Length: 99999999999999999999",
          "Content-Length: ",
          "Content-Length : 5",
          "Content-Length: 1e1",
          "Transfer-Encoding: cow\r\nContent-Length: 5",
          "X: y\rContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 5");

  private static final List<String> BAD_CHUNKS =
      List.of(
          "-1\r\n",
          "0x5\r\n",
          "ffffffffffffffff1\r\n",
          "g\r\n",
          "5 5\r\n",
          "\r\n",
          "+5\r\n",
          "80000000\r\n",
          "1\r\nab\r\n",
          "5\rx\r\n",
          "64 zz\r\n",
          "\t64\r\n",
          " 5\r\n",
          "5 \r\n",
          "0 zz\r\n\r\n",
          "0\n\r\n",
          "5;\r\n",
          "5;a=\"\r\n",
          "5 ;a=b\r\n",
          "00000000000000005\r\n",
          "0\r\nX : y\r\n\r\n",
          "0\r\nX: y\r\n z\r\n\r\n",
          "0\r\nX: \u0001\r\n\r\n");

  BadFraming(Random random) {
    super(random);
  }

  BadInput smuggled() {
    String start =
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + key()
            + "\r\n";
    String text =
        random.nextInt(4) == 0
            ? start + "Transfer-Encoding: chunked\r\n\r\n" + one(BAD_CHUNKS) + HIDDEN
            : start + one(BAD_FORMS) + "\r\n\r\n" + CHUNKS;
    if (random.nextInt(12) == 0) {
      text =
          text.replace("HTTP/1.1\r\nHost", "HTTP/1.0\r\nHost")
              .replaceFirst("Content-Length: [^\r]*\r\n", "");
      text =
          text.contains("Transfer-Encoding")
              ? text
              : start + "Transfer-Encoding: chunked, x\r\n\r\n" + CHUNKS;
    }
    // One more answer than expected, to detect an answer to the hidden request.
    return new BadInput(Part.ORDER_SERVICE, PLACE, text, REFUSED_OR_CUT_OFF, 2, false);
  }

  BadInput headers() {
    String bad =
        switch (random.nextInt(5)) {
          case 0 -> ("X-" + noise(4) + ": " + noise(20) + "\r\n").repeat(300 + random.nextInt(300));
          case 1 -> "X-Long: " + "a".repeat(8_200 + random.nextInt(20_000)) + "\r\n";
          case 2 -> noise(8_200) + ": x\r\n";
          case 3 ->
              one(
                  List.of(
                      "X Y: z\r\n",
                      "X\u0000: z\r\n",
                      "X(: z\r\n",
                      ": z\r\n",
                      "no colon\r\n",
                      "X\u00e9: z\r\n",
                      "X: a\u0000b\r\n",
                      "X: a\rb\r\n",
                      "Host: b\r\n",
                      "X\t: z\r\n",
                      "X: \u000bz\r\n",
                      "X{}: z\r\n",
                      "X: a\r\n b\r\n",
                      "X: a\nY: b\r\n",
                      "X: \u0001\r\n",
                      "X: \u007f\r\n",
                      "\u0001: z\r\n"));
          default -> "Cookie: " + "a=b; ".repeat(2_000) + "\r\n";
        };
    String list = one(List.of("/orders", "/dead-letters", "/operator-actions"));
    String text = "GET " + list + "?limit=1 HTTP/1.1\r\nHost: localhost\r\n" + bad + "\r\n";
    if (random.nextInt(6) == 0) {
      text =
          "GET /orders?limit="
              + "1".repeat(4_100 + random.nextInt(9_000))
              + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    return BadInput.of(Part.ORDER_SERVICE, "get " + list, latin1(text), REFUSED_OR_CUT_OFF);
  }

  BadInput tooLarge() {
    Target target = target();
    int size = MOST_BYTES + 1 + random.nextInt(60_000);
    String body = " ".repeat(size - target.valid().length()) + target.valid();
    if (random.nextBoolean()) {
      return body(target, utf8(body), REFUSED_AS_SENT);
    }
    StringBuilder chunks =
        new StringBuilder(target.line())
            .append(" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            .append(key())
            .append("\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int at = 0; at < body.length(); ) {
      int length = Math.min(body.length() - at, 1_000 + random.nextInt(20_000));
      chunks
          .append(Integer.toHexString(length))
          .append("\r\n")
          .append(body, at, at + length)
          .append("\r\n");
      at += length;
    }
    return BadInput.of(
        target.service(), target.operation(), latin1(chunks + "0\r\n\r\n"), REFUSED_AS_SENT);
  }

  BadInput pipelined() {
    int count = 2 + random.nextInt(20);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      List<String> headers =
          new ArrayList<>(i == count - 1 ? List.of("Connection: close") : List.of());
      if (random.nextBoolean()) {
        all.writeBytes(request("GET /orders/" + uuid(), headers, new byte[0]));
      } else {
        headers.add("Content-Type: application/json");
        headers.add(key());
        all.writeBytes(request("POST /orders", headers, utf8(noise(3))));
      }
    }
    boolean halfClose = random.nextInt(3) == 0;
    return new BadInput(
        Part.ORDER_SERVICE,
        "",
        all.toString(StandardCharsets.ISO_8859_1),
        halfClose ? REFUSED_OR_CUT_OFF : REFUSED,
        count,
        halfClose);
  }

  BadInput http2() {
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (random.nextInt(3) == 0) {
      bytes.writeBytes(
          request(
              "GET /orders?limit=1",
              List.of(
                  "Connection: Upgrade, HTTP2-Settings",
                  "Upgrade: h2c",
                  "HTTP2-Settings: AAMAAABkAAQAAP__"),
              new byte[0]));
      // Not upgraded: the bytes after the answer are no request.
      return BadInput.of(Part.ORDER_SERVICE, LIST, bytes.toByteArray(), ACCEPTED);
    }
    bytes.writeBytes(latin1(preface));
    // SETTINGS, HEADERS and RST_STREAM, CONTINUATION, PING: each nine bytes and a payload.
    for (int i = 0; i < random.nextInt(200); i++) {
      int type = one(List.of(4, 1, 3, 9, 6, 0));
      int length = type == 3 ? 4 : type == 6 ? 8 : 0;
      byte[] frame = new byte[9 + length];
      frame[2] = (byte) length;
      frame[3] = (byte) type;
      frame[8] = (byte) (type == 4 || type == 6 ? 0 : 2 * i + 1);
      bytes.writeBytes(frame);
    }
    return BadInput.of(Part.ORDER_SERVICE, "", bytes.toByteArray(), REFUSED_OR_CUT_OFF);
  }
}
