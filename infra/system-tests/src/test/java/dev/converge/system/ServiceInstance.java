package dev.converge.system;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.util.Map;

/**
 * A further instance of a service, on the databases and the broker of a platform.
 *
 * @param platform a view of the same platform, in which this instance is the service
 */
record ServiceInstance(Platform platform, Part part) {
  /** An instance that does not run yet. */
  static ServiceInstance beside(Platform first, Part part, String id) {
    return new ServiceInstance(
        new Platform(
            new Layout(first.layout().root(), first.layout().state().resolve(id)),
            first.ports().withFree(part),
            Map.of("INSTANCE_ID", id)),
        part);
  }

  ServiceInstance start() {
    platform.start(part);
    return this;
  }

  void stop() {
    platform.stop(part);
  }

  void kill() {
    platform.kill(part);
  }

  String url() {
    return platform.ports().url(part);
  }
}
