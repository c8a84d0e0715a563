package dev.converge.system;

import static dev.converge.system.BadInput.Expected.REFUSED_AS_SENT;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.system.BadInput.Expected;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

/** The parts of bad requests. The same random numbers give the same request. */
class RequestParts {
  static final String PLACE = "post /orders";
  static final String LIST = "get /orders";
  static final int MOST_BYTES = 65_536;
  static final List<Part> SERVICES = Topology.serviceParts();
  private static final ObjectMapper JSON = new ObjectMapper();
  static final String MARK = "@@";

  /** An operation that takes a body. */
  record Target(Part service, String operation, String line, String valid, Fields fields) {}

  /** Pointers to the fields of a body. */
  record Fields(
      List<String> texts, List<String> numbers, List<String> required, List<String> objects) {}

  static final Target ORDER =
      new Target(
          Part.ORDER_SERVICE,
          PLACE,
          "POST /orders",
          """
          {"customerId":"ada","currency":"EUR","lines":[{"sku":"espresso-beans","quantity":2,"unitPriceMinor":1290},{"sku":"moka-pot","quantity":1,"unitPriceMinor":3490}],"paymentToken":"tok_ok"}""",
          new Fields(
              List.of("/customerId", "/currency", "/paymentToken", "/lines/0/sku", "/lines/1/sku"),
              List.of("/lines/0/quantity", "/lines/1/unitPriceMinor"),
              List.of(
                  "/customerId",
                  "/currency",
                  "/lines",
                  "/lines/0/sku",
                  "/lines/1/quantity",
                  "/lines/0/unitPriceMinor"),
              List.of("", "/lines/0", "/lines/1")));
  static final Target STOCK =
      new Target(
          Part.INVENTORY_SERVICE,
          "put /stock/{sku}",
          "PUT /stock/espresso-beans",
          "{\"available\":77}",
          new Fields(List.of(), List.of("/available"), List.of("/available"), List.of("")));
  static final Target PROVIDER =
      new Target(
          Part.PAYMENT_SERVICE,
          "put /provider",
          "PUT /provider",
          "{\"behaviour\":\"DECLINE\",\"delayMillis\":5}",
          new Fields(
              List.of("/behaviour"), List.of("/delayMillis"), List.of("/behaviour"), List.of("")));

  static final Target WALLET =
      new Target(
          Part.PAYMENT_SERVICE,
          "put /wallets/{token}",
          "PUT /wallets/tok_wallet_bad",
          "{\"currency\":\"EUR\",\"balanceMinor\":5}",
          new Fields(
              List.of("/currency"),
              List.of("/balanceMinor"),
              List.of("/currency", "/balanceMinor"),
              List.of("")));

  /** Operators' actions on unknown resources. */
  static final List<Target> ACTIONS =
      List.of(
          action(Part.ORDER_SERVICE, "/sagas/{orderId}/retry"),
          action(Part.ORDER_SERVICE, "/sagas/{orderId}/skip"),
          action(Part.ORDER_SERVICE, "/sagas/{orderId}/compensate"),
          action(Part.ORDER_SERVICE, "/dead-letters/{deadLetterId}/replay"),
          action(Part.INVENTORY_SERVICE, "/dead-letters/{deadLetterId}/replay"),
          action(Part.PAYMENT_SERVICE, "/dead-letters/{deadLetterId}/replay"));

  private static Target action(Part service, String path) {
    return new Target(
        service,
        "post " + path,
        "POST " + path.replaceFirst("\\{\\w+}", "01a1fd27-05c9-7513-8367-e82dfbe041b6"),
        "{\"operator\":\"grace\",\"reason\":\"seen by the test\"}",
        new Fields(
            List.of("/operator", "/reason"),
            List.of(),
            List.of("/operator", "/reason"),
            List.of("")));
  }

  final Random random;

  RequestParts(Random random) {
    this.random = random;
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  Target target() {
    return random.nextInt(8) < 6 ? targetWithNumbers() : one(ACTIONS);
  }

  Target targetWithNumbers() {
    int dice = random.nextInt(10);
    return dice < 7 ? ORDER : dice < 9 ? STOCK : random.nextBoolean() ? PROVIDER : WALLET;
  }

  String uuid() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  String key() {
    return "Idempotency-Key: k-" + uuid();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] request(String line, List<String> headers, byte[] body) {
    StringBuilder head = new StringBuilder(line).append(" HTTP/1.1\r\nHost: localhost\r\n");
    headers.forEach(header -> head.append(header).append("\r\n"));
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    return join(utf8(head.append("\r\n").toString()), body);
  }

  BadInput body(Target target, byte[] body, Expected expected) {
    List<String> headers = List.of("Content-Type: application/json", key());
    return BadInput.of(
        target.service(), target.operation(), request(target.line(), headers, body), expected);
  }

  BadInput refused(Target target, String body) {
    return body(target, utf8(body), REFUSED_AS_SENT);
  }

  static BadInput get(Part service, String operation, String path, Expected expected) {
    return BadInput.of(
        service, operation, request("GET " + path, List.of(), new byte[0]), expected);
  }

  static JsonNode tree(Target target) {
    try {
      return JSON.readTree(target.valid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The valid body with a field set; a raw value is used unchanged. */
  static String with(Target target, String pointer, String raw) {
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
  String withMember(Target target, String member) {
    JsonNode tree = tree(target);
    ObjectNode object = (ObjectNode) tree.at(one(target.fields().objects()));
    object.put(MARK, MARK);
    String all = tree.toString();
    return all.replace("\"" + MARK + "\":\"" + MARK + "\"", member);
  }

  static String quoted(String text) {
    return JSON.getNodeFactory().textNode(text).toString();
  }

  static String percent(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : utf8(text)) {
      encoded.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
    }
    return encoded.toString();
  }

  String noise(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }
}
