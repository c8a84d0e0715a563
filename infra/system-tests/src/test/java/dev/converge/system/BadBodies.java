package dev.converge.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Bodies that are no JSON, or not the requested JSON. */
final class BadBodies extends RequestParts {
  BadBodies(Random random) {
    super(random);
  }

  BadInput truncated() {
    Target target = target();
    return refused(target, target.valid().substring(0, random.nextInt(target.valid().length())));
  }

  BadInput trailing() {
    Target target = target();
    String tail =
        one(
            List.of(
                "x", "{}", "}", "]", ",", "\u0000", "null", "//c", "/**/", "1", "\"\"", "\ufeff"));
    return refused(target, target.valid() + one(List.of("", " ", "\n")) + tail);
  }

  BadInput duplicateField() {
    Target target = target();
    List<String> fields = new ArrayList<>(target.fields().required());
    String pointer = one(fields);
    JsonNode value = tree(target).at(pointer);
    String name = pointer.substring(pointer.lastIndexOf('/') + 1);
    JsonNode tree = tree(target);
    ((ObjectNode) tree.at(pointer.substring(0, pointer.lastIndexOf('/')))).put(MARK, MARK);
    String again = "\"" + name + "\":" + one(List.of(value.toString(), "null", "0", "\"x\"", "[]"));
    return refused(target, tree.toString().replace("\"" + MARK + "\":\"" + MARK + "\"", again));
  }

  BadInput noNumber() {
    Target target = targetWithNumbers();
    String raw =
        one(
            List.of(
                "NaN",
                "Infinity",
                "-Infinity",
                "+1",
                ".5",
                "1.",
                "0x10",
                "01",
                "1_000",
                "--1",
                "1e",
                "1e+",
                "-",
                "1,5",
                "\uff11",
                "1n",
                "inf",
                "1..2",
                "0b1",
                "1'000"));
    return refused(target, with(target, one(target.fields().numbers()), raw));
  }

  /** Numbers that are not integers in the range of any field; 2e0 would be one. */
  BadInput exponent() {
    Target target = targetWithNumbers();
    String mantissa = one(List.of("1", "-1", "9.9", "1.0", "-5.5", "5"));
    String exponent =
        one(
            List.of(
                "-1",
                "-2",
                "16",
                "400",
                "-400",
                "999999999",
                "-999999999",
                "99999999999",
                "+309",
                "-324",
                "2147483648",
                Integer.toString(1_000 + random.nextInt(1_000_000_000))));
    return refused(
        target,
        with(target, one(target.fields().numbers()), mantissa + one(List.of("e", "E")) + exponent));
  }

  BadInput digits() {
    Target target = targetWithNumbers();
    int count = random.nextInt(10) == 0 ? 70_000 : 31 + random.nextInt(60_000);
    String raw =
        one(List.of("", "-")) + "1" + "0".repeat(count) + one(List.of("", ".0", "e9", ".5"));
    return refused(target, with(target, one(target.fields().numbers()), raw));
  }

  BadInput deep() {
    Target target = target();
    int depth = 17 + random.nextInt(random.nextInt(4) == 0 ? 10_000 : 40);
    String open = one(List.of("[", "{\"a\":"));
    String close = open.equals("[") ? "]" : "}";
    String nest = open.repeat(depth) + "1" + (random.nextBoolean() ? close.repeat(depth) : "");
    String where = one(target.fields().required());
    return refused(target, random.nextBoolean() ? nest : with(target, where, nest));
  }

  BadInput manyFields() {
    Target target = target();
    int count = 2 + random.nextInt(5_000);
    StringBuilder body = new StringBuilder("{");
    for (int i = 0; i < count && body.length() < MOST_BYTES - 100; i++) {
      body.append('"').append(collision(i)).append("\":").append(i).append(',');
    }
    return refused(target, body + target.valid().substring(1));
  }

  /** Names that all have one hash code. */
  private static String collision(int number) {
    StringBuilder name = new StringBuilder();
    for (int bit = 0; bit < 13; bit++) {
      name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return name.toString();
  }

  BadInput wrongType() {
    Target target = target();
    boolean text =
        !target.fields().texts().isEmpty()
            && (target.fields().numbers().isEmpty() || random.nextBoolean());
    String pointer = text ? one(target.fields().texts()) : one(target.fields().numbers());
    List<String> wrong =
        text
            ? List.of("1", "1.5", "true", "false", "[]", "{}", "[\"x\"]", "{\"a\":1}")
            : List.of("\"1\"", "\"\"", "1.5", "true", "[]", "{}", "[1]", "\" \"");
    if (target.equals(ORDER) && random.nextInt(4) == 0) {
      return refused(
          target,
          with(
              target,
              "/lines",
              one(
                  List.of(
                      "1", "\"x\"", "{}", "true", "[1]", "[[]]", "[\"x\"]", "\"\"", "[true]"))));
    }
    return refused(target, with(target, pointer, one(wrong)));
  }

  BadInput nulls() {
    Target target = target();
    return random.nextInt(10) == 0
        ? refused(target, "null")
        : refused(target, with(target, one(target.fields().required()), "null"));
  }

  BadInput missing() {
    Target target = target();
    String pointer = one(target.fields().required());
    JsonNode tree = tree(target);
    int last = pointer.lastIndexOf('/');
    ((ObjectNode) tree.at(pointer.substring(0, last))).remove(pointer.substring(last + 1));
    return refused(target, random.nextInt(10) == 0 ? "{}" : tree.toString());
  }

  BadInput unknownField() {
    Target target = target();
    String name =
        one(
            List.of(
                "customerid",
                "CustomerId",
                "customer_id",
                "__proto__",
                "constructor",
                "$type",
                "@class",
                "@type",
                "class",
                "",
                " ",
                "a.b",
                "a/b~",
                "0",
                "lines[0]",
                "Available",
                noise(12)));
    return refused(
        target, withMember(target, quoted(name) + ":" + one(List.of("1", "null", "\"x\"", "{}"))));
  }

  BadInput ownedField() {
    Target target = target();
    String name =
        one(
            List.of(
                "status",
                "orderId",
                "totalMinor",
                "version",
                "placedAt",
                "endedAt",
                "reason",
                "links",
                "saga",
                "tenantId",
                "createdAt",
                "id",
                "reserved",
                "shipped",
                "heldMinor",
                "received",
                "traceparent",
                "fingerprint"));
    String value = one(List.of("1", "\"COMPLETED\"", "null", "\"" + uuid() + "\"", "true", "{}"));
    return refused(target, withMember(target, "\"" + name + "\":" + value));
  }

  BadInput quantity() {
    long[] wrong = {
      0,
      -1,
      10_001,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      2_147_483_648L,
      4_294_967_297L,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      100_000,
      -10_000
    };
    if (random.nextInt(4) == 0) {
      String available =
          one(List.of("-1", "1000000000001", "9223372036854775808", "-9223372036854775809"));
      return refused(STOCK, "{\"available\":" + available + "}");
    }
    long quantity =
        random.nextBoolean()
            ? wrong[random.nextInt(wrong.length)]
            : 10_001 + (random.nextLong() >>> 1) % 1_000_000_000L;
    return refused(ORDER, with(ORDER, "/lines/0/quantity", Long.toString(quantity)));
  }

  BadInput price() {
    if (random.nextInt(3) == 0) {
      String currency =
          one(
              List.of(
                  "EURO", "eur", "XXX", "XTS", "XAU", "", "€", "BTC", "E", "EU R", "978", "ZZZ",
                  "DEM", "HRK", "ANG", "BGN", "CLF", "BOV", "XDR"));
      return refused(ORDER, with(ORDER, "/currency", quoted(currency)));
    }
    if (random.nextInt(4) == 0) {
      // Each price is within its limit, and their sum is not.
      String full =
          with(ORDER, "/lines/0/unitPriceMinor", "1000000000000")
              .replace("\"quantity\":2", "\"quantity\":" + (9_008 + random.nextInt(990)));
      return refused(ORDER, full);
    }
    String raw =
        one(
            List.of(
                "0",
                "-1",
                "12.90",
                "1290.01",
                "1000000000001",
                "9007199254740993",
                "9223372036854775807",
                "9223372036854775808",
                "-9223372036854775809",
                "0.1",
                "\"1290\"",
                "-" + (1 + random.nextInt(1_000_000))));
    return refused(
        ORDER,
        with(ORDER, one(List.of("/lines/0/unitPriceMinor", "/lines/1/unitPriceMinor")), raw));
  }

  BadInput lines() {
    int dice = random.nextInt(3);
    if (dice == 0) {
      return refused(
          ORDER, with(ORDER, "/lines", one(List.of("[]", "[ ]", "[null]", "[{}]", "[[]]"))));
    }
    int count = dice == 1 ? 101 + random.nextInt(700) : 2 + random.nextInt(99);
    int twice = random.nextInt(count - 1);
    StringBuilder lines = new StringBuilder("[");
    for (int i = 0; i < count; i++) {
      int sku = dice == 2 && i == count - 1 ? twice : i;
      lines
          .append(i == 0 ? "" : ",")
          .append("{\"sku\":\"s")
          .append(sku)
          .append("\",\"quantity\":1,\"unitPriceMinor\":1}");
    }
    return refused(ORDER, with(ORDER, "/lines", lines.append(']').toString()));
  }
}
