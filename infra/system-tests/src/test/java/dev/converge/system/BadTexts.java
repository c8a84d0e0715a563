package dev.converge.system;

import static dev.converge.system.BadInput.Expected.REFUSED;
import static dev.converge.system.BadInput.Expected.REFUSED_AS_SENT;

import dev.converge.platform.Part;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Random;

/** Texts that are broken, resemble others, or have a meaning in another language. */
final class BadTexts extends RequestParts {
  private static final List<String> INJECTIONS =
      List.of(
          "'; DROP TABLE orders; --",
          "1 OR 1=1",
          "\" OR \"\"=\"",
          "$.lines[*]",
          "${jndi:ldap://x/a}",
          "{{7*7}}",
          "#{7*7}",
          "<script>alert(1)</script>",
          "x\r\nSet-Cookie: a=b",
          "x\nERROR forged",
          "`id`",
          "$(id)",
          "%s%s%n",
          "../../etc/passwd",
          "';SELECT pg_sleep(9)--",
          "\u001b[31mred",
          "*)(uid=*",
          "<!ENTITY x SYSTEM 'file:///etc/passwd'>");
  private static final List<String> STRANGE_TEXTS =
      List.of(
          "\u202egnp.exe",
          "a\u200bb",
          "\u0430da",
          "ad\u0430",
          "a\u0301da",
          "\ufeffada",
          "\u2066ada",
          "a\u00adda",
          "\uff41da",
          "\u212a",
          "\u0131d",
          "ada\u2028",
          "\ud83d\ude00",
          "\u0660\u0661",
          "a\u0000b",
          "a\u007fb",
          "a\u0085b",
          "\u1e9e");

  BadTexts(Random random) {
    super(random);
  }

  BadInput encoding() {
    Target target = target();
    String body = target.valid();
    return switch (random.nextInt(6)) {
      case 0 ->
          body(
              target,
              body.getBytes(
                  Charset.forName(
                      one(List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE")))),
              REFUSED_AS_SENT);
      case 1 ->
          body(
              target,
              join(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}, utf8(body)),
              REFUSED_AS_SENT);
      case 2 ->
          refused(
              ORDER,
              with(
                  ORDER,
                  one(ORDER.fields().texts()),
                  one(
                      List.of(
                          "\"\\ud800\"",
                          "\"\\udc00a\"",
                          "\"a\\ud83dz\"",
                          "\"a\\u0000b\"",
                          "\"\\u0000\""))));
      case 3 ->
          refused(
              ORDER,
              with(ORDER, one(ORDER.fields().texts()), "\"a" + (char) random.nextInt(32) + "b\""));
      case 4 ->
          refused(target, one(List.of("\u0000", "\u0001", "\u00a0", "\u2028", "\u000b")) + body);
      default -> brokenUtf8(target);
    };
  }

  private BadInput brokenUtf8(Target target) {
    String body = target.valid();
    byte[][] broken = {
      {(byte) 0xc0, (byte) 0xaf},
      {(byte) 0xff},
      {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
      {(byte) 0xf8, (byte) 0x88, (byte) 0x80, (byte) 0x80, (byte) 0x80},
      {(byte) 0x80},
      {(byte) 0xe2, (byte) 0x82},
      {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
      {(byte) 0xc1, (byte) 0x81}
    };
    int at = 1 + random.nextInt(body.length() - 1);
    return body(
        target,
        join(
            utf8(body.substring(0, at)),
            broken[random.nextInt(broken.length)],
            utf8(body.substring(at))),
        REFUSED_AS_SENT);
  }

  BadInput lookalike() {
    String text = one(STRANGE_TEXTS) + (random.nextBoolean() ? "" : noise(3));
    return switch (random.nextInt(4)) {
      case 0 -> get(Part.INVENTORY_SERVICE, "get /stock/{sku}", "/stock/" + percent(text), REFUSED);
      case 1 ->
          get(Part.ORDER_SERVICE, "get /orders/{orderId}", "/orders/" + percent(text), REFUSED);
      default -> refused(ORDER, with(ORDER, one(ORDER.fields().texts()), quoted(text)));
    };
  }

  BadInput injection() {
    String text = one(INJECTIONS) + (random.nextBoolean() ? "" : noise(3));
    return switch (random.nextInt(9)) {
      case 0 -> get(Part.INVENTORY_SERVICE, "get /stock", "/stock?after=" + percent(text), REFUSED);
      case 1 -> get(Part.ORDER_SERVICE, LIST, "/orders?status=" + percent(text), REFUSED);
      case 2 -> get(Part.ORDER_SERVICE, LIST, "/orders?" + percent(text) + "=1", REFUSED);
      case 3 ->
          get(
              Part.PAYMENT_SERVICE,
              "get /payments/{orderId}",
              "/payments/" + percent(text),
              REFUSED);
      case 4 ->
          get(
              one(SERVICES),
              "get /operator-actions",
              "/operator-actions?before=" + percent(text),
              REFUSED);
      case 5 -> {
        // An operator's text may be anything printable; the address is of an unknown resource.
        Target action = one(ACTIONS);
        yield body(action, utf8(with(action, one(action.fields().texts()), quoted(text))), REFUSED);
      }
      case 6 -> refused(ORDER, withMember(ORDER, quoted(text) + ":1"));
      default -> refused(ORDER, with(ORDER, one(ORDER.fields().texts()), quoted(text)));
    };
  }
}
