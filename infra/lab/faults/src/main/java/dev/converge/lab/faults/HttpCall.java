package dev.converge.lab.faults;

import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request that injects a fault into a part, or heals it. */
record HttpCall(String method, String path, @Nullable String body) {

  /** A request to a connector. */
  static HttpCall connector(String domain, String method, String path) {
    return new HttpCall(method, "/connectors/" + domain + "-outbox" + path, null);
  }

  /**
   * Sends it.
   *
   * @throws IOException if it is not answered with success
   */
  void send(Platform platform, Part part) throws IOException {
    Http.Answer answer = new Http().send(method, platform.ports().url(part) + path, body);
    if (answer.status() >= 300) {
      throw new IOException(this + ": " + answer.status() + " " + answer.raw().body());
    }
  }
}
