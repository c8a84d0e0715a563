package dev.converge.console;

import dev.converge.service.http.HttpConfig;
import dev.converge.service.runtime.Env;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of the console.
 *
 * @param token that a write must have
 * @param services the addresses of the services by their short names, such as {@code order}
 * @param traces the address of the trace UI; empty if there is none
 * @param trace the address of a trace, with {@code {traceId}} in it; empty for no link
 * @param folders the checkout and the state folder of the embedded platform; empty where the
 *     console cannot reach the processes of the parts
 */
record ConsoleConfig(
    HttpConfig http,
    String token,
    Map<String, URI> services,
    List<URI> connect,
    String kafka,
    String traces,
    String trace,
    List<Target> parts,
    Optional<Folders> folders) {
  static final int PORT = 8_090;

  private static final int TOKEN_BYTES = 16;
  private static final List<String> SERVICES = List.of("order", "inventory", "payment");

  ConsoleConfig {
    services = Map.copyOf(services);
    connect = List.copyOf(connect);
    parts = List.copyOf(parts);
  }

  /** The folders of the embedded platform. */
  record Folders(Path root, Path state) {}

  static ConsoleConfig from(Env env) {
    Map<String, URI> services = new LinkedHashMap<>();
    int port = 8_080;
    for (String service : SERVICES) {
      String variable = service.toUpperCase(Locale.ROOT) + "_SERVICE_URL";
      services.put(service, env.uri(variable, "http://127.0.0.1:" + port));
      port++;
    }
    String given = env.text("CONSOLE_TOKEN", "");
    String root = env.text("CONVERGE_ROOT", "");
    String state = env.text("CONVERGE_STATE", "");
    return new ConsoleConfig(
        HttpConfig.from(env, PORT),
        given.isEmpty() ? newToken() : given,
        services,
        env.uris("CONNECT_URL", "http://127.0.0.1:8083"),
        env.text("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        env.text("TRACES_URL", ""),
        env.text("TRACE_URL", ""),
        env.list("CONSOLE_PARTS", Target::isValid, Target.FORM).stream()
            .filter(Target::isValid)
            .map(Target::parse)
            .toList(),
        root.isEmpty() || state.isEmpty()
            ? Optional.empty()
            : Optional.of(new Folders(Path.of(root), Path.of(state))));
  }

  private static String newToken() {
    byte[] token = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(token);
    return HexFormat.of().formatHex(token);
  }

  /** The address of a service. */
  URI service(String name) {
    URI address = services.get(name);
    if (address == null) {
      throw new IllegalArgumentException("no service " + name);
    }
    return address;
  }

  /**
   * The processes of the services, by address: a scrape of several at the edge would be that of
   * another one each time.
   */
  List<URI> processes() {
    List<URI> observed =
        parts.stream()
            .filter(Target::isHttp)
            .filter(part -> SERVICES.stream().anyMatch(name -> part.isOf(name + "-service")))
            .map(Target::probe)
            .toList();
    return observed.isEmpty() ? List.copyOf(services.values()) : observed;
  }
}
