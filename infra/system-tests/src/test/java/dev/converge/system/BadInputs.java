package dev.converge.system;

import static dev.converge.system.BadInput.Expected.ACCEPTED;
import static dev.converge.system.BadInput.Expected.ANSWERED;
import static dev.converge.system.BadInput.Expected.REFUSED;
import static dev.converge.system.BadInput.Expected.REFUSED_OR_CUT_OFF;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.platform.Part;
import dev.converge.system.BadInput.Expected;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Makes bad input of many kinds. The same random numbers make the same input. */
final class BadInputs {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_BYTES = 65_536;
  private static final String PLACE = "post /orders";
  private static final String LIST = "get /orders";
  private static final String MARK = "@@";

  /** A kind of bad input. */
  record Kind(int number, String claim, Supplier<BadInput> next) {
    @Override
    public String toString() {
      return number + " " + claim;
    }
  }

  /** An operation that takes a body. */
  private record Target(
      Part service,
      String operation,
      String line,
      String valid,
      List<String> texts,
      List<String> numbers,
      List<String> required,
      List<String> objects) {}

  private static final Target ORDER =
      new Target(
          Part.ORDER_SERVICE,
          PLACE,
          "POST /orders",
          """
          {"customerId":"ada","currency":"EUR","lines":[{"sku":"espresso-beans","quantity":2,"unitPriceMinor":1290},{"sku":"moka-pot","quantity":1,"unitPriceMinor":3490}],"paymentToken":"tok_ok"}""",
          List.of("/customerId", "/currency", "/paymentToken", "/lines/0/sku", "/lines/1/sku"),
          List.of("/lines/0/quantity", "/lines/1/unitPriceMinor"),
          List.of(
              "/customerId",
              "/currency",
              "/lines",
              "/lines/0/sku",
              "/lines/1/quantity",
              "/lines/0/unitPriceMinor"),
          List.of("", "/lines/0", "/lines/1"));
  private static final Target STOCK =
      new Target(
          Part.INVENTORY_SERVICE,
          "put /stock/{sku}",
          "PUT /stock/espresso-beans",
          "{\"available\":77}",
          List.of(),
          List.of("/available"),
          List.of("/available"),
          List.of(""));
  private static final Target PROVIDER =
      new Target(
          Part.PAYMENT_SERVICE,
          "put /provider",
          "PUT /provider",
          "{\"behaviour\":\"DECLINE\",\"delayMillis\":5}",
          List.of("/behaviour"),
          List.of("/delayMillis"),
          List.of("/behaviour"),
          List.of(""));

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

  private final Random random;

  BadInputs(long seed) {
    random = new Random(seed);
  }

  /** Every kind but those that need more than one connection: 28 and 36. */
  List<Kind> kinds() {
    return List.of(
        new Kind(1, "truncatedJsonIsRefused", this::truncated),
        new Kind(2, "bytesAfterTheJsonAreRefused", this::trailing),
        new Kind(3, "aFieldThatIsThereTwiceIsRefused", this::duplicateField),
        new Kind(4, "numbersThatAreNoJsonAreRefused", this::noNumber),
        new Kind(5, "exponentsAreRefused", this::exponent),
        new Kind(6, "numbersOfManyDigitsAreRefused", this::digits),
        new Kind(7, "deepNestingIsRefused", this::deep),
        new Kind(8, "thousandsOfFieldsAreRefused", this::manyFields),
        new Kind(9, "wrongTypesAreRefused", this::wrongType),
        new Kind(10, "nullWhereAValueIsDueIsRefused", this::nulls),
        new Kind(11, "aMissingFieldIsRefused", this::missing),
        new Kind(12, "anUnknownFieldIsRefused", this::unknownField),
        new Kind(13, "aFieldThatIsOursToSetIsRefused", this::ownedField),
        new Kind(14, "quantitiesOutOfRangeAreRefused", this::quantity),
        new Kind(15, "pricesAndCurrenciesThatAreNoneAreRefused", this::price),
        new Kind(16, "noLinesTooManyOrTheSameTwiceAreRefused", this::lines),
        new Kind(17, "whatIsNotPlainUtf8IsRefused", this::encoding),
        new Kind(18, "namesThatLookLikeOthersAreRefused", this::lookalike),
        new Kind(19, "injectedTextIsRefused", this::injection),
        new Kind(20, "pathsThatLeadElsewhereLeadNowhere", this::path),
        new Kind(21, "idsThatAreNoneAreRefused", this::id),
        new Kind(22, "methodsThatAreNotThereAreRefused", this::method),
        new Kind(23, "contentTypesOtherThanJsonAreRefused", this::contentType),
        new Kind(24, "packedBodiesAreRefusedUnopened", this::contentEncoding),
        new Kind(25, "aRequestWhoseLengthIsInDoubtIsCutOff", this::smuggled),
        new Kind(26, "floodsAndMalformedHeadersAreRefused", this::headers),
        new Kind(27, "aBodyOverTheLimitIsRefused", this::tooLarge),
        new Kind(29, "pipelinedRequestsAreAnsweredInTurn", this::pipelined),
        new Kind(30, "http2IsNotSpokenAndDoesNoHarm", this::http2),
        new Kind(31, "aForgedHostIsNeverUsed", this::forgedHost),
        new Kind(32, "anAuthorizationHeaderChangesNothing", this::authorization),
        new Kind(33, "badIdempotencyKeysAreRefused", this::idempotencyKey),
        new Kind(34, "badPagesAndFiltersAreRefused", this::page),
        new Kind(35, "conditionsThatMakeNoSenseAreIgnored", this::condition));
  }

  // --- pieces -------------------------------------------------------------------------------

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private Target target() {
    int dice = random.nextInt(10);
    return dice < 7 ? ORDER : dice < 9 ? STOCK : PROVIDER;
  }

  private String uuid() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  private String key() {
    return "Idempotency-Key: k-" + uuid();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] request(String line, List<String> headers, byte[] body) {
    StringBuilder head = new StringBuilder(line).append(" HTTP/1.1\r\nHost: localhost\r\n");
    headers.forEach(header -> head.append(header).append("\r\n"));
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    return join(utf8(head.append("\r\n").toString()), body);
  }

  private BadInput body(Target target, byte[] body, Expected expected) {
    List<String> headers = List.of("Content-Type: application/json", key());
    return BadInput.of(
        target.service(), target.operation(), request(target.line(), headers, body), expected);
  }

  private BadInput refused(Target target, String body) {
    return body(target, utf8(body), REFUSED);
  }

  private static BadInput get(Part service, String operation, String path, Expected expected) {
    return BadInput.of(
        service, operation, request("GET " + path, List.of(), new byte[0]), expected);
  }

  private static JsonNode tree(Target target) {
    try {
      return JSON.readTree(target.valid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The valid body with a field set; a raw value stands as it is. */
  private static String with(Target target, String pointer, String raw) {
    JsonNode tree = tree(target);
    put(tree, pointer, MARK);
    return tree.toString().replace("\"" + MARK + "\"", raw);
  }

  private static void put(JsonNode tree, String pointer, String text) {
    int last = pointer.lastIndexOf('/');
    String name = pointer.substring(last + 1);
    JsonNode parent = tree.at(pointer.substring(0, last));
    if (parent instanceof ArrayNode array) {
      array.set(Integer.parseInt(name), JSON.getNodeFactory().textNode(text));
    } else {
      ((ObjectNode) parent).put(name, text);
    }
  }

  /** The valid body with a member put first into one of its objects, as it is. */
  private String withMember(Target target, String member) {
    JsonNode tree = tree(target);
    ObjectNode object = (ObjectNode) tree.at(one(target.objects()));
    object.put(MARK, MARK);
    String all = tree.toString();
    return all.replace("\"" + MARK + "\":\"" + MARK + "\"", member);
  }

  private static String quoted(String text) {
    return JSON.getNodeFactory().textNode(text).toString();
  }

  private static String percent(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : utf8(text)) {
      encoded.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
    }
    return encoded.toString();
  }

  private String noise(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  // --- bodies -------------------------------------------------------------------------------

  private BadInput truncated() {
    Target target = target();
    return refused(target, target.valid().substring(0, random.nextInt(target.valid().length())));
  }

  private BadInput trailing() {
    Target target = target();
    String tail =
        one(
            List.of(
                "x", "{}", "}", "]", ",", "\u0000", "null", "//c", "/**/", "1", "\"\"", "\ufeff"));
    return refused(target, target.valid() + one(List.of("", " ", "\n")) + tail);
  }

  private BadInput duplicateField() {
    Target target = target();
    List<String> fields = new ArrayList<>(target.required());
    String pointer = one(fields);
    JsonNode value = tree(target).at(pointer);
    String name = pointer.substring(pointer.lastIndexOf('/') + 1);
    JsonNode tree = tree(target);
    ((ObjectNode) tree.at(pointer.substring(0, pointer.lastIndexOf('/')))).put(MARK, MARK);
    String again = "\"" + name + "\":" + one(List.of(value.toString(), "null", "0", "\"x\"", "[]"));
    return refused(target, tree.toString().replace("\"" + MARK + "\":\"" + MARK + "\"", again));
  }

  private BadInput noNumber() {
    Target target = target();
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
    return refused(target, with(target, one(target.numbers()), raw));
  }

  private BadInput exponent() {
    Target target = target();
    String mantissa = one(List.of("1", "-1", "0", "9.9", "1.0", "-0.0", "5"));
    String exponent =
        one(
            List.of(
                "0",
                "1",
                "2",
                "400",
                "-400",
                "999999999",
                "-999999999",
                "99999999999",
                "+309",
                "-324",
                "2147483648",
                Integer.toString(random.nextInt())));
    return refused(
        target, with(target, one(target.numbers()), mantissa + one(List.of("e", "E")) + exponent));
  }

  private BadInput digits() {
    Target target = target();
    int count = random.nextInt(10) == 0 ? 70_000 : 31 + random.nextInt(60_000);
    String raw = one(List.of("", "-")) + "1" + "0".repeat(count) + one(List.of("", ".0", "e9"));
    return refused(target, with(target, one(target.numbers()), raw));
  }

  private BadInput deep() {
    Target target = target();
    int depth = 17 + random.nextInt(random.nextInt(4) == 0 ? 10_000 : 40);
    String open = one(List.of("[", "{\"a\":"));
    String close = open.equals("[") ? "]" : "}";
    String nest = open.repeat(depth) + "1" + (random.nextBoolean() ? close.repeat(depth) : "");
    String where = one(target.required());
    return refused(target, random.nextBoolean() ? nest : with(target, where, nest));
  }

  private BadInput manyFields() {
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

  private BadInput wrongType() {
    Target target = target();
    boolean text = !target.texts().isEmpty() && random.nextBoolean();
    String pointer = text ? one(target.texts()) : one(target.numbers());
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

  private BadInput nulls() {
    Target target = target();
    return random.nextInt(10) == 0
        ? refused(target, "null")
        : refused(target, with(target, one(target.required()), "null"));
  }

  private BadInput missing() {
    Target target = target();
    String pointer = one(target.required());
    JsonNode tree = tree(target);
    int last = pointer.lastIndexOf('/');
    ((ObjectNode) tree.at(pointer.substring(0, last))).remove(pointer.substring(last + 1));
    return refused(target, random.nextInt(10) == 0 ? "{}" : tree.toString());
  }

  private BadInput unknownField() {
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

  private BadInput ownedField() {
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

  private BadInput quantity() {
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

  private BadInput price() {
    if (random.nextInt(3) == 0) {
      String currency =
          one(
              List.of(
                  "EURO", "eur", "XXX", "XTS", "XAU", "", "€", "BTC", "E", "EU R", "978", "ZZZ"));
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
                "1290.0",
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

  private BadInput lines() {
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

  private BadInput encoding() {
    Target target = target();
    String body = target.valid();
    return switch (random.nextInt(6)) {
      case 0 ->
          body(
              target,
              body.getBytes(
                  Charset.forName(
                      one(List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE")))),
              REFUSED);
      case 1 ->
          body(
              target,
              join(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}, utf8(body)),
              REFUSED);
      case 2 ->
          refused(
              ORDER,
              with(
                  ORDER,
                  one(ORDER.texts()),
                  one(
                      List.of(
                          "\"\\ud800\"",
                          "\"\\udc00a\"",
                          "\"a\\ud83dz\"",
                          "\"a\\u0000b\"",
                          "\"\\u0000\""))));
      case 3 ->
          refused(
              ORDER, with(ORDER, one(ORDER.texts()), "\"a" + (char) random.nextInt(32) + "b\""));
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
        REFUSED);
  }

  private BadInput lookalike() {
    String text = one(STRANGE_TEXTS) + (random.nextBoolean() ? "" : noise(3));
    return switch (random.nextInt(4)) {
      case 0 -> get(Part.INVENTORY_SERVICE, "get /stock/{sku}", "/stock/" + percent(text), REFUSED);
      case 1 ->
          get(Part.ORDER_SERVICE, "get /orders/{orderId}", "/orders/" + percent(text), REFUSED);
      default -> refused(ORDER, with(ORDER, one(ORDER.texts()), quoted(text)));
    };
  }

  private BadInput injection() {
    String text = one(INJECTIONS) + (random.nextBoolean() ? "" : noise(3));
    return switch (random.nextInt(7)) {
      case 0 -> get(Part.INVENTORY_SERVICE, "get /stock", "/stock?after=" + percent(text), REFUSED);
      case 1 -> get(Part.ORDER_SERVICE, LIST, "/orders?status=" + percent(text), REFUSED);
      case 2 -> get(Part.ORDER_SERVICE, LIST, "/orders?" + percent(text) + "=1", REFUSED);
      case 3 ->
          get(
              Part.PAYMENT_SERVICE,
              "get /payments/{orderId}",
              "/payments/" + percent(text),
              REFUSED);
      case 4 -> refused(ORDER, withMember(ORDER, quoted(text) + ":1"));
      default -> refused(ORDER, with(ORDER, one(ORDER.texts()), quoted(text)));
    };
  }

  // --- paths, ids, methods, media -----------------------------------------------------------

  private BadInput path() {
    String up =
        one(
            List.of(
                "..",
                "%2e%2e",
                "%2E.",
                "..%2f",
                "%252e%252e",
                "..\\",
                "..%5c",
                "%c0%ae%c0%ae",
                "....//",
                ".",
                "%2e",
                "%00",
                "%0d%0a",
                ";x=1",
                "~",
                "%u002e",
                "..;",
                "%",
                "%g1",
                "*",
                ""));
    String tail =
        one(
            List.of(
                "/etc/passwd",
                "/WEB-INF/web.xml",
                "/openapi.json",
                "/application.properties",
                "",
                "/orders",
                "//",
                "/dev/converge/order/OrderServiceMain.class",
                "/problems/not-found"));
    String prefix =
        one(
            List.of(
                "/orders/",
                "/",
                "/problems/",
                "/stock/",
                "//",
                "/orders//",
                "/livez/",
                "/metrics/"));
    Part service = one(List.of(Part.ORDER_SERVICE, Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE));
    return get(service, "", prefix + (up + "/").repeat(random.nextInt(5)) + up + tail, ANSWERED);
  }

  private BadInput id() {
    String id =
        switch (random.nextInt(9)) {
          case 0 -> uuid();
          case 1 -> uuid().substring(1 + random.nextInt(30));
          case 2 -> uuid().replace("-", "");
          case 3 -> "%7B" + uuid() + "%7D";
          case 4 -> Long.toString(random.nextLong());
          case 5 -> uuid() + noise(1 + random.nextInt(300));
          case 6 -> uuid().replace('-', '_');
          case 7 -> "urn:uuid:" + uuid();
          default ->
              one(
                  List.of(
                      "0",
                      "-1",
                      "null",
                      "undefined",
                      "NaN",
                      "1-1-1-1-1",
                      "%20",
                      "me",
                      "*",
                      "0x0",
                      "00000000-0000-0000-0000-000000000000",
                      "ffffffff-ffff-ffff-ffff-ffffffffffff"));
        };
    return switch (random.nextInt(5)) {
      case 0 -> get(Part.PAYMENT_SERVICE, "get /payments/{orderId}", "/payments/" + id, REFUSED);
      case 1 ->
          get(
              Part.PAYMENT_SERVICE,
              "get /provider/charges/{orderId}",
              "/provider/charges/" + id,
              REFUSED);
      case 2 ->
          BadInput.of(
              Part.ORDER_SERVICE,
              "post /orders/{orderId}/cancel",
              request("POST /orders/" + id + "/cancel", List.of(), new byte[0]),
              REFUSED);
      default -> get(Part.ORDER_SERVICE, "get /orders/{orderId}", "/orders/" + id, REFUSED);
    };
  }

  private BadInput method() {
    if (random.nextInt(4) == 0) {
      String override =
          one(List.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"));
      return BadInput.of(
          Part.ORDER_SERVICE,
          LIST,
          request(
              "GET /orders?limit=1",
              List.of(override + ": " + one(List.of("DELETE", "POST", "PUT"))),
              new byte[0]),
          ACCEPTED);
    }
    String method =
        one(
            List.of(
                "TRACE",
                "CONNECT",
                "PROPFIND",
                "get",
                "Post",
                "PATCH",
                "DELETE",
                "OPTIONS",
                "HEAD",
                "MKCOL",
                "FOO-BAR",
                "X",
                "BREW",
                "PRI",
                "SEARCH",
                noise(20).toUpperCase(Locale.ROOT),
                "G\u00cbT",
                "GE\tT"));
    String path =
        one(
            List.of(
                "/orders",
                "/orders/" + uuid(),
                "/livez",
                "/nowhere",
                "*",
                "localhost:80",
                "/orders/" + uuid() + "/cancel"));
    return BadInput.of(
        Part.ORDER_SERVICE,
        "",
        request(method + " " + path, List.of(), new byte[0]),
        REFUSED_OR_CUT_OFF);
  }

  private BadInput contentType() {
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
                "application/json; boundary=x",
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
        REFUSED);
  }

  private BadInput contentEncoding() {
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
        REFUSED);
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

  // --- framing ------------------------------------------------------------------------------

  private BadInput smuggled() {
    String hidden = "GET /orders?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String chunks = "0\r\n\r\n" + hidden;
    int length = chunks.length();
    List<String> forms =
        List.of(
            "Content-Length: " + length + "\r\nTransfer-Encoding: chunked",
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
            "Content-Length: 5\r\nContent-Length: " + length,
            "Content-Length: 5, " + length,
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
    List<String> badChunks =
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
            "5\rx\r\n");
    String start =
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + key()
            + "\r\n";
    String text =
        random.nextInt(4) == 0
            ? start + "Transfer-Encoding: chunked\r\n\r\n" + one(badChunks) + hidden
            : start + one(forms) + "\r\n\r\n" + chunks;
    if (random.nextInt(12) == 0) {
      text =
          text.replace("HTTP/1.1\r\nHost", "HTTP/1.0\r\nHost")
              .replaceFirst("Content-Length: [^\r]*\r\n", "");
      text =
          text.contains("Transfer-Encoding")
              ? text
              : start + "Transfer-Encoding: chunked, x\r\n\r\n" + chunks;
    }
    // One answer more than the one that is due shows what got through behind it.
    return new BadInput(Part.ORDER_SERVICE, PLACE, text, REFUSED_OR_CUT_OFF, 2, false);
  }

  private BadInput headers() {
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
                      "\u0001: z\r\n"));
          default -> "Cookie: " + "a=b; ".repeat(2_000) + "\r\n";
        };
    String text = "GET /orders?limit=1 HTTP/1.1\r\nHost: localhost\r\n" + bad + "\r\n";
    if (random.nextInt(6) == 0) {
      text =
          "GET /orders?limit="
              + "1".repeat(4_100 + random.nextInt(9_000))
              + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    return BadInput.of(Part.ORDER_SERVICE, LIST, latin1(text), REFUSED_OR_CUT_OFF);
  }

  private BadInput tooLarge() {
    Target target = target();
    int size = MOST_BYTES + 1 + random.nextInt(60_000);
    String body = " ".repeat(size - target.valid().length()) + target.valid();
    if (random.nextBoolean()) {
      return body(target, utf8(body), REFUSED);
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
    return BadInput.of(target.service(), target.operation(), latin1(chunks + "0\r\n\r\n"), REFUSED);
  }

  private BadInput pipelined() {
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

  private BadInput http2() {
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
      // Not upgraded: what follows the answer is no request.
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

  private BadInput forgedHost() {
    String evil =
        one(
            List.of(
                "evil.example",
                "evil.example:99",
                "127.0.0.1.evil.example",
                "[::1]",
                "evil.example."));
    String path = "/orders/" + uuid();
    if (random.nextInt(3) == 0) {
      String bad =
          one(
              List.of(
                  "",
                  "evil example",
                  "evil.example/x",
                  "a@b@evil",
                  "evil.example:99999999",
                  "[evil",
                  "evil\\x",
                  "ev<il>"));
      String text = "GET " + path + " HTTP/1.1\r\nHost: " + bad + "\r\n\r\n";
      return BadInput.of(Part.ORDER_SERVICE, "get /orders/{orderId}", latin1(text), REFUSED);
    }
    String line = random.nextBoolean() ? "GET " + path : "GET http://" + evil + path;
    String text =
        line
            + " HTTP/1.1\r\nHost: "
            + evil
            + "\r\nForwarded: for=evil.example;host=evil.example;proto=https\r\n"
            + "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: evil.example\r\nX-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n\r\n";
    return BadInput.of(Part.ORDER_SERVICE, "get /orders/{orderId}", latin1(text), REFUSED);
  }

  private BadInput authorization() {
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
    return BadInput.of(
        Part.ORDER_SERVICE, LIST, request("GET /orders?limit=1", headers, new byte[0]), ACCEPTED);
  }

  private BadInput idempotencyKey() {
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

  private BadInput page() {
    String number =
        one(
            List.of(
                "0",
                "-1",
                "101",
                "1e9",
                "abc",
                "",
                "1.5",
                "%20",
                "0x1",
                "\u0661",
                "999999999999",
                "+1",
                "1;2",
                "null"));
    return switch (random.nextInt(7)) {
      case 0 -> get(Part.ORDER_SERVICE, LIST, "/orders?limit=" + percent(number), REFUSED);
      case 1 ->
          get(
              Part.ORDER_SERVICE,
              LIST,
              "/orders?status=" + one(List.of("X", "", "pending", "PENDING,COMPLETED", "*", "%00")),
              REFUSED);
      case 2 ->
          get(
              Part.ORDER_SERVICE,
              LIST,
              "/orders?before=" + one(List.of("1", "", "x", "null", "-1", uuid().substring(2))),
              REFUSED);
      case 3 ->
          get(Part.ORDER_SERVICE, LIST, "/orders?limit=1&limit=" + random.nextInt(500), REFUSED);
      case 4 ->
          get(
              Part.ORDER_SERVICE,
              LIST,
              "/orders?"
                  + one(
                      List.of(
                          "page", "offset", "sort", "filter", "q", "limit[]", "LIMIT", "limit.",
                          ""))
                  + "=1",
              REFUSED);
      case 5 ->
          get(
              Part.INVENTORY_SERVICE,
              "get /stock",
              "/stock?"
                  + one(
                      List.of(
                          "after=%00",
                          "after=-",
                          "limit=1",
                          "after=a&after=b",
                          "after=" + noise(65),
                          "after=%ff")),
              REFUSED);
      default ->
          get(
              Part.ORDER_SERVICE,
              LIST,
              "/orders?limit=1&" + (noise(6) + "=1&").repeat(1 + random.nextInt(100)),
              REFUSED);
    };
  }

  private BadInput condition() {
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
