package dev.converge.system;

import static dev.converge.system.BadInput.Expected.ACCEPTED;
import static dev.converge.system.BadInput.Expected.REFUSED;
import static dev.converge.system.BadInput.Expected.REFUSED_AS_SENT;

import dev.converge.platform.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Headers that contradict the request, or request unavailable formats. */
final class BadHeaders extends RequestParts {
  /** No answer may repeat it; digits and hyphens, since a random path may spell any short word. */
  static final String FORGED_HOST = "forged-host-4711.example";

  BadHeaders(Random random) {
    super(random);
  }

  BadInput contentType() {
    Target target = target();
    String type =
        one(
            List.of(
                "text/plain",
                "text/json",
                "application/x-json",
                "application/xml",
                "*/*",
                "application/json; charset=latin1",
                "application/json; charset=utf-16",
                "application/json, text/plain",
                "application/json/x",
                "application/merge-patch+json",
                "multipart/form-data",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application",
                "/",
                ";",
                "application/json; charset",
                "application/vnd.api+json",
                "app lication/j son",
                "application/json; charset=",
                "application/json; charset=utf-8; charset=latin1",
                "application/json; x=\"",
                "text/html; application/json",
                "application/x-" + noise(5)));
    List<String> headers = new ArrayList<>(List.of(key()));
    if (random.nextInt(8) > 0) {
      headers.add("Content-Type: " + type);
    }
    if (random.nextInt(8) == 0) {
      headers.add("Content-Type: application/json");
      headers.add("Content-Type: application/xml");
    }
    return BadInput.of(
        target.service(),
        target.operation(),
        request(target.line(), headers, utf8(target.valid())),
        REFUSED_AS_SENT);
  }

  BadInput contentEncoding() {
    Target target = target();
    boolean gzip = random.nextBoolean();
    byte[] packed =
        packed(
            random.nextBoolean()
                ? target.valid()
                : "0".repeat(1_000_000 + random.nextInt(8_000_000)),
            gzip);
    String encoding =
        one(
            List.of(
                gzip ? "gzip" : "deflate",
                "br",
                "gzip, gzip",
                "identity",
                "x-gzip",
                "compress",
                "zstd",
                "GZIP",
                "*",
                ";"));
    return BadInput.of(
        target.service(),
        target.operation(),
        request(
            target.line(),
            List.of("Content-Type: application/json", "Content-Encoding: " + encoding, key()),
            packed),
        REFUSED_AS_SENT);
  }

  private static byte[] packed(String text, boolean gzip) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out =
        gzip ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      out.write(utf8(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Requests that a page of another site can cause in a reader's browser. */
  BadInput crossSite() {
    Target target = target();
    String from =
        one(
            List.of(
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
                "Sec-Fetch-Site: " + noise(5),
                "Origin: null",
                "Origin: http://" + FORGED_HOST,
                "Origin: http://localhost." + FORGED_HOST,
                "Origin: http://localhost:3000",
                "Origin: http://localhost\r\nSec-Fetch-Site: cross-site",
                "Origin: http://localhost\r\nOrigin: http://" + FORGED_HOST));
    if (random.nextInt(3) == 0) {
      byte[] none = request("POST /orders/" + uuid() + "/cancel", List.of(from), new byte[0]);
      return BadInput.of(
          Part.ORDER_SERVICE, "post /orders/{orderId}/cancel", none, REFUSED_AS_SENT);
    }
    List<String> headers = List.of(from, key(), "Content-Type: application/json");
    return BadInput.of(
        target.service(),
        target.operation(),
        request(target.line(), headers, utf8(target.valid())),
        REFUSED_AS_SENT);
  }

  BadInput forgedHost() {
    String host =
        one(
            List.of(
                FORGED_HOST,
                FORGED_HOST + ":99",
                "127.0.0.1." + FORGED_HOST,
                "[::1]",
                FORGED_HOST + "."));
    String path = "/orders/" + uuid();
    if (random.nextInt(3) == 0) {
      String bad =
          one(
              List.of(
                  "",
                  FORGED_HOST + " example",
                  FORGED_HOST + "/x",
                  "a@b@" + FORGED_HOST,
                  FORGED_HOST + ":99999999",
                  "[" + FORGED_HOST,
                  FORGED_HOST + "\\x",
                  "<" + FORGED_HOST + ">"));
      String text = "GET " + path + " HTTP/1.1\r\nHost: " + bad + "\r\n\r\n";
      return BadInput.of(Part.ORDER_SERVICE, "get /orders/{orderId}", latin1(text), REFUSED);
    }
    if (random.nextInt(3) == 0) {
      String text =
          new String(
              request(
                  "POST /orders",
                  List.of("Content-Type: application/json", key()),
                  utf8(ORDER.valid())),
              StandardCharsets.ISO_8859_1);
      String forged = text.replace("Host: localhost", "Host: " + FORGED_HOST);
      return BadInput.of(Part.ORDER_SERVICE, PLACE, latin1(forged), REFUSED_AS_SENT);
    }
    String line = random.nextBoolean() ? "GET " + path : "GET http://" + host + path;
    String text =
        line
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nForwarded: for=%1$s;host=%1$s;proto=https\r\n".formatted(FORGED_HOST)
            + "X-Forwarded-Host: %1$s\r\nX-Forwarded-Proto: %1$s\r\n".formatted(FORGED_HOST)
            + "X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n\r\n";
    return BadInput.of(Part.ORDER_SERVICE, "get /orders/{orderId}", latin1(text), REFUSED);
  }

  BadInput authorization() {
    String header =
        "Authorization: "
            + one(
                List.of(
                    "",
                    "Bearer",
                    "Bearer ",
                    "Bearer a.b.c",
                    "Bearer eyJhbGciOiJub25lIn0.e30.",
                    "Basic",
                    "Basic !!!!",
                    "Basic " + noise(40),
                    "Negotiate x",
                    "Digest username=\"a",
                    "Bearer " + "a".repeat(4_000),
                    "bearer null",
                    "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.e30.x",
                    "AWS4-HMAC-SHA256 Credential=",
                    ", ,",
                    "Bearer \u00e9",
                    "Bearer {\"alg\":\"none\"}",
                    noise(30)));
    List<String> headers = new ArrayList<>(List.of(header));
    if (random.nextInt(4) == 0) {
      headers.add("Authorization: Bearer " + noise(9));
    }
    if (random.nextInt(6) == 0) {
      headers.addAll(List.of("Content-Type: application/json", key()));
      return BadInput.of(
          Part.ORDER_SERVICE,
          PLACE,
          request("POST /orders", headers, utf8(ORDER.valid())),
          ACCEPTED);
    }
    String list = one(List.of("/orders", "/dead-letters", "/operator-actions"));
    return BadInput.of(
        Part.ORDER_SERVICE,
        "get " + list,
        request("GET " + list + "?limit=1", headers, new byte[0]),
        ACCEPTED);
  }

  BadInput idempotencyKey() {
    List<String> keys =
        switch (random.nextInt(4)) {
          case 0 -> List.of();
          case 1 -> List.of("a" + noise(5), "b" + noise(5));
          case 2 -> List.of(noise(256 + random.nextInt(2_000)));
          default ->
              List.of(
                  one(
                      List.of(
                          "",
                          "\"\"",
                          "\"abc",
                          "abc\"",
                          "a b",
                          "a\tb",
                          "\u00e9",
                          "a\u0080",
                          "\"a\"b\"",
                          "\"a\\x\"",
                          "\"",
                          "\"" + noise(256) + "\"",
                          "\" \"",
                          "\"a\", \"b\"",
                          "\"a\";x=1",
                          "\u007f")));
        };
    List<String> headers = new ArrayList<>(List.of("Content-Type: application/json"));
    keys.forEach(key -> headers.add("Idempotency-Key: " + key));
    byte[] bytes = request("POST /orders", headers, utf8(ORDER.valid()));
    return BadInput.of(Part.ORDER_SERVICE, PLACE, bytes, REFUSED);
  }

  BadInput condition() {
    String header =
        one(
                List.of(
                    "If-Match",
                    "If-None-Match",
                    "If-Modified-Since",
                    "If-Unmodified-Since",
                    "If-Range",
                    "Range",
                    "TE",
                    "Upgrade"))
            + ": "
            + one(
                List.of(
                    "",
                    "*",
                    "\"",
                    "W/",
                    "\"x\"",
                    "yesterday",
                    "Mon, 99 Foo 9999 99:99:99 GMT",
                    "bytes=-1",
                    "bytes=9-1,0-",
                    "-1",
                    "W/\"" + noise(30) + "\"",
                    noise(2_000),
                    ",,,",
                    "bytes=" + "0-1,".repeat(500),
                    "websocket"));
    if (random.nextInt(8) == 0) {
      return BadInput.of(
          Part.ORDER_SERVICE,
          PLACE,
          request(
              "POST /orders",
              List.of("Content-Type: application/json", key(), header),
              utf8(ORDER.valid())),
          ACCEPTED);
    }
    if (random.nextInt(8) == 0) {
      return BadInput.of(
          Part.ORDER_SERVICE,
          PLACE,
          request(
              "POST /orders",
              List.of(
                  "Content-Type: application/json",
                  key(),
                  "Expect: " + one(List.of("200-ok", "nothing", "x"))),
              utf8(ORDER.valid())),
          REFUSED);
    }
    return BadInput.of(
        Part.ORDER_SERVICE,
        LIST,
        request("GET /orders?limit=1", List.of(header), new byte[0]),
        ACCEPTED);
  }
}
