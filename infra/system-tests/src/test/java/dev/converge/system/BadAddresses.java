package dev.converge.system;

import static dev.converge.system.BadInput.Expected.ACCEPTED;
import static dev.converge.system.BadInput.Expected.ANSWERED;
import static dev.converge.system.BadInput.Expected.REFUSED;
import static dev.converge.system.BadInput.Expected.REFUSED_OR_CUT_OFF;

import dev.converge.platform.Part;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;

/** Methods, paths, ids and queries that lead nowhere. */
final class BadAddresses extends RequestParts {
  private static final List<String> BAD_NUMBERS =
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
          "null");

  private static final List<String> SIGNALS = List.of("retry", "skip", "compensate");

  BadAddresses(Random random) {
    super(random);
  }

  BadInput path() {
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
                "/sagas/",
                "/dead-letters/",
                "/operator-actions/",
                "//",
                "/orders//",
                "/livez/",
                "/metrics/"));
    Part service = one(SERVICES);
    return get(service, "", prefix + (up + "/").repeat(random.nextInt(5)) + up + tail, ANSWERED);
  }

  /** Other forms of paths that are there, those of operators' actions among them. */
  BadInput otherForm() {
    Part service = one(SERVICES);
    String path =
        one(
            List.of(
                "/dead-letters",
                "/dead-letters/" + uuid() + "/replay",
                "/operator-actions",
                "/livez",
                "/metrics",
                "/audit",
                "/sagas/stuck",
                "/sagas/" + uuid() + "/skip",
                "/orders",
                "/stock",
                "/provider"));
    int at = 1 + random.nextInt(path.length() - 1);
    int slash = path.indexOf('/', at) < 0 ? 0 : path.indexOf('/', at);
    String form =
        switch (random.nextInt(9)) {
          case 0 -> path + "/";
          case 1 -> path.substring(0, slash) + "/" + path.substring(slash);
          case 2 -> path.substring(0, slash) + "/." + path.substring(slash);
          case 3 -> path.substring(0, slash) + "/x/.." + path.substring(slash);
          case 4 -> path.substring(0, slash) + "/x/%2E%2e" + path.substring(slash);
          case 5 ->
              path.substring(0, at) + percent(path.substring(at, at + 1)) + path.substring(at + 1);
          case 6 -> path + one(List.of(";", ";x=1", "%3bx", "%00", "%20", "%0d%0a", "#x"));
          case 7 -> path.substring(1);
          default -> path.replaceFirst("[a-z]", "%" + Integer.toHexString(path.charAt(1)));
        };
    String method = one(List.of("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"));
    byte[] body = utf8(ACTIONS.get(0).valid());
    return BadInput.of(
        service,
        "",
        request(method + " " + form, List.of("Content-Type: application/json"), body),
        REFUSED);
  }

  BadInput id() {
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
    return switch (random.nextInt(9)) {
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
      case 3 -> get(Part.ORDER_SERVICE, "get /sagas/{orderId}", "/sagas/" + id, REFUSED);
      case 4 -> actionOn(id, Part.ORDER_SERVICE, "/sagas/{orderId}/" + one(SIGNALS));
      case 5 ->
          get(one(SERVICES), "get /dead-letters/{deadLetterId}", "/dead-letters/" + id, REFUSED);
      case 6 -> actionOn(id, one(SERVICES), "/dead-letters/{deadLetterId}/replay");
      default -> get(Part.ORDER_SERVICE, "get /orders/{orderId}", "/orders/" + id, REFUSED);
    };
  }

  /** A whole operator's action, on something that is not there. */
  private static BadInput actionOn(String id, Part service, String path) {
    byte[] body = utf8(ACTIONS.get(0).valid());
    String line = "POST " + path.replaceFirst("\\{\\w+}", Matcher.quoteReplacement(id));
    List<String> headers = List.of("Content-Type: application/json");
    return BadInput.of(service, "post " + path, request(line, headers, body), REFUSED);
  }

  BadInput method() {
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
                "/orders/" + uuid() + "/cancel",
                "/sagas/stuck",
                "/sagas/" + uuid() + "/retry",
                "/dead-letters/" + uuid() + "/replay",
                "/operator-actions"));
    return BadInput.of(
        Part.ORDER_SERVICE,
        "",
        request(method + " " + path, List.of(), new byte[0]),
        REFUSED_OR_CUT_OFF);
  }

  BadInput page() {
    String number = one(BAD_NUMBERS);
    int kind = random.nextInt(11);
    if (kind < 5 || kind == 10) {
      return pageOfOrders(kind, number);
    }
    return kind < 8 ? pageForOperators(kind, number) : pageOfOthers(kind);
  }

  private BadInput pageOfOrders(int kind, String number) {
    return switch (kind) {
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
      default ->
          get(
              Part.ORDER_SERVICE,
              LIST,
              "/orders?limit=1&" + (noise(6) + "=1&").repeat(1 + random.nextInt(100)),
              REFUSED);
    };
  }

  private BadInput pageForOperators(int kind, String number) {
    return switch (kind) {
      case 5 -> {
        String list = one(List.of("/dead-letters", "/operator-actions"));
        yield get(one(SERVICES), "get " + list, list + "?limit=" + percent(number), REFUSED);
      }
      case 6 ->
          get(
              one(SERVICES),
              "get /operator-actions",
              "/operator-actions?"
                  + one(
                      List.of(
                          "before=1",
                          "before=",
                          "before=" + uuid() + "x",
                          "after=" + uuid(),
                          "operator=grace",
                          "before=" + uuid() + "&before=" + uuid())),
              REFUSED);
      default ->
          random.nextBoolean()
              ? get(
                  one(SERVICES),
                  "get /dead-letters",
                  "/dead-letters?"
                      + one(
                          List.of(
                              "replayed=",
                              "replayed=TRUE",
                              "replayed=1",
                              "replayed=true&replayed=true",
                              "after=null",
                              "after=%00")),
                  REFUSED)
              : get(
                  Part.ORDER_SERVICE,
                  "get /sagas/stuck",
                  "/sagas/stuck?" + one(List.of("after=1", "after=", "limit=1", "after=%ff", "x=")),
                  REFUSED);
    };
  }

  private BadInput pageOfOthers(int kind) {
    return switch (kind) {
      case 8 ->
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
              "get /order-totals",
              "/order-totals?"
                  + one(
                      List.of(
                          "",
                          "from=" + uuid(),
                          "before=" + uuid(),
                          "from=&before=" + uuid(),
                          "from=1&before=2",
                          "from=" + uuid() + "&before=00000000-0000-7000-8000-000000000000",
                          "from=00000000-0000-7000-8000-000000000000&before=" + uuid(),
                          "from=" + uuid() + "&before=" + uuid() + "x",
                          "from=" + uuid() + "&before=" + uuid() + "&limit=1",
                          "from=" + uuid() + "&before=" + uuid() + "&from=" + uuid())),
              REFUSED);
    };
  }
}
