package dev.converge.edge;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port of the edge, and the replicas behind it.
 *
 * @param name of the service, in metrics and logs
 */
record Route(String name, int port, List<Address> replicas) {
  /** The form of a route, for the report of an invalid one. */
  static final String FORM = "NAME:PORT=HOST:PORT, more replicas separated by |";

  private static final int MOST_REPLICAS = 16;
  private static final String PORT =
      "([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
  private static final String REPLICA = "[A-Za-z0-9.-]+:" + PORT;
  private static final Pattern ROUTE =
      Pattern.compile(
          "(?<name>[a-z][a-z0-9-]*):(?<port>"
              + PORT
              + ")=(?<replicas>"
              + REPLICA
              + "(\\|"
              + REPLICA
              + ")*)");

  /** Where a replica listens. */
  record Address(String host, int port) {
    static Address parse(String text) {
      int colon = text.lastIndexOf(':');
      return new Address(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  Route {
    replicas = List.copyOf(replicas);
  }

  static boolean isValid(String text) {
    Matcher route = ROUTE.matcher(text);
    return route.matches() && route.group("replicas").split("\\|", -1).length <= MOST_REPLICAS;
  }

  /** The route of a valid text, such as {@code order-service:8084=127.0.0.1:8080}. */
  static Route parse(String text) {
    Matcher route = ROUTE.matcher(text);
    if (!route.matches()) {
      throw new IllegalArgumentException("no route: " + text + " (expected: " + FORM + ")");
    }
    return new Route(
        route.group("name"),
        Integer.parseInt(route.group("port")),
        Arrays.stream(route.group("replicas").split("\\|", -1)).map(Address::parse).toList());
  }
}
