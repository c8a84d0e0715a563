package dev.converge.platform;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The services of the platform and their connections: databases, topics, consumers, connectors. The
 * command line, the lab, the checker and the tests read it from here. {@code TopologyTest} fails if
 * other Java code lists the services, and compares the files that cannot read it.
 */
public final class Topology {
  private static final Service ORDER =
      new Service("order", "orders", Part.ORDER_SERVICE, Part.ORDER_DB, List.of());
  private static final Service INVENTORY =
      new Service(
          "inventory",
          "inventory",
          Part.INVENTORY_SERVICE,
          Part.INVENTORY_DB,
          List.of(Part.ORDER_SERVICE));
  private static final Service PAYMENT =
      new Service(
          "payment", "payment", Part.PAYMENT_SERVICE, Part.PAYMENT_DB, List.of(Part.ORDER_SERVICE));

  /** Every service. */
  public static final List<Service> SERVICES = List.of(ORDER, INVENTORY, PAYMENT);

  public static final Topic INVENTORY_COMMANDS =
      new Topic("inventory.commands", List.of(ORDER), INVENTORY);
  public static final Topic PAYMENT_COMMANDS =
      new Topic("payment.commands", List.of(ORDER), PAYMENT);
  public static final Topic ORDER_REPLIES =
      new Topic("order.replies", List.of(INVENTORY, PAYMENT), ORDER);
  public static final Topic ORDER_EVENTS = new Topic("order.events", List.of(ORDER), null);

  /** Every topic of messages. */
  public static final List<Topic> TOPICS =
      List.of(INVENTORY_COMMANDS, PAYMENT_COMMANDS, ORDER_REPLIES, ORDER_EVENTS);

  private Topology() {}

  /**
   * A service.
   *
   * @param domain its short name, such as {@code order}
   * @param databaseName of its database on the server
   * @param part its process; the first, if it has several nodes
   * @param database the process of its database server
   * @param asks services whose HTTP API its audit calls
   */
  public record Service(
      String domain, String databaseName, Part part, Part database, List<Part> asks) {
    /** Its name, which is also its consumer group. */
    public String id() {
      return part.id();
    }

    /** The role it connects to its database with. */
    public String role() {
      return domain + "_service";
    }

    /** The role that owns the schema of its database. */
    public String owner() {
      return domain + "_owner";
    }

    /** The connector that publishes its outbox. */
    public String connector() {
      return domain + "-outbox";
    }

    /** The topic of its connector's heartbeats. */
    public String heartbeats() {
      return "__debezium-heartbeat." + domain;
    }

    String mainClass() {
      String name = Character.toUpperCase(domain.charAt(0)) + domain.substring(1);
      return "dev.converge." + domain + "." + name + "ServiceMain";
    }
  }

  /**
   * A topic of messages.
   *
   * @param publishers services whose outboxes write to it
   * @param consumer the service that handles its messages; null for events, which no service of the
   *     platform consumes
   */
  public record Topic(String name, List<Service> publishers, @Nullable Service consumer) {}

  /** The short names of the services. */
  public static List<String> domains() {
    return SERVICES.stream().map(Service::domain).toList();
  }

  /** The service of a domain. */
  public static Service service(String domain) {
    return SERVICES.stream()
        .filter(service -> service.domain().equals(domain))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no service of the domain " + domain));
  }

  /** The service that a process belongs to: the service itself, or its database. */
  public static Service of(Part part) {
    return SERVICES.stream()
        .filter(
            service ->
                service.part().role() == part.role() || service.database().role() == part.role())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(part.id() + " belongs to no service"));
  }

  /** The processes of the services: the first node of each. */
  public static List<Part> serviceParts() {
    return SERVICES.stream().map(Service::part).toList();
  }

  /** The processes of the database servers. */
  public static List<Part> databaseParts() {
    return SERVICES.stream().map(Service::database).toList();
  }

  /** The names of all topics of messages. */
  public static List<String> topicNames() {
    return TOPICS.stream().map(Topic::name).toList();
  }

  /** The topics that a service of the platform consumes. */
  public static List<Topic> consumedTopics() {
    return TOPICS.stream().filter(topic -> topic.consumer() != null).toList();
  }

  /** The topic that a service consumes. */
  public static Topic inputOf(Service service) {
    return TOPICS.stream()
        .filter(topic -> service.equals(topic.consumer()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(service.id() + " consumes no topic"));
  }

  /** The topics that a service publishes to. */
  public static List<Topic> outputsOf(Service service) {
    return TOPICS.stream().filter(topic -> topic.publishers().contains(service)).toList();
  }

  /** The consumer group of a topic; empty for a topic of events or an unknown one. */
  public static Optional<String> consumerOf(String topicName) {
    return TOPICS.stream()
        .filter(topic -> topic.name().equals(topicName))
        .findFirst()
        .flatMap(topic -> Optional.ofNullable(topic.consumer()))
        .map(Service::id);
  }
}
