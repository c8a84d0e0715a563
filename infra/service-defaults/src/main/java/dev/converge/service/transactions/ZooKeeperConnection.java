package dev.converge.service.transactions;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.apache.curator.framework.CuratorFramework;

/** Closes the connection to the quorum when the service stops. */
final class ZooKeeperConnection extends VerticleBase {
  private final CuratorFramework zookeeper;

  ZooKeeperConnection(CuratorFramework zookeeper) {
    this.zookeeper = zookeeper;
  }

  @Override
  public Future<?> stop() {
    return vertx.executeBlocking(
        () -> {
          zookeeper.close();
          return true;
        });
  }
}
