package dev.converge.lab.concepts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * An ephemeral node: it exists for as long as its creator's session does. The token is its czxid,
 * the number of the transaction that created it, which only grows.
 */
final class ZooKeeperLock implements NightlyLock {
  private static final String NODE = "/nightly-price-change";
  private static final long CONNECTS_WITHIN_SECONDS = 30;

  private final CountDownLatch connected = new CountDownLatch(1);
  private final ZooKeeper client;
  private final byte[] holder;

  ZooKeeperLock(String addresses, String holder, long leaseMillis)
      throws IOException, InterruptedException {
    this.holder = holder.getBytes(StandardCharsets.UTF_8);
    this.client = new ZooKeeper(addresses, Math.toIntExact(leaseMillis), this::changed);
    if (!connected.await(CONNECTS_WITHIN_SECONDS, TimeUnit.SECONDS)) {
      client.close();
      throw new IOException("no connection to ZooKeeper");
    }
  }

  private void changed(WatchedEvent event) {
    if (event.getState() == KeeperState.SyncConnected) {
      connected.countDown();
    }
  }

  @Override
  public OptionalLong tryAcquire() throws KeeperException, InterruptedException {
    Stat stat = new Stat();
    try {
      String unused = client.create(NODE, holder, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL, stat);
      return OptionalLong.of(stat.getCzxid());
    } catch (KeeperException.NodeExistsException held) {
      return OptionalLong.empty();
    }
  }

  @Override
  public boolean mayHold() {
    return client.getState().isConnected();
  }

  @Override
  public void release() throws KeeperException, InterruptedException {
    client.delete(NODE, -1);
  }

  @Override
  public void end() throws InterruptedException {
    client.close();
  }
}
