package dev.converge.lab.schedules;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Nodes that are down, and a participant that is cut off, in a random run. */
final class Outages {
  private static final int REGISTER_NODES = 3;
  private static final int[] RATES = {0, 10, 100};

  private final SplittableRandom random;
  private final Setting setting;
  private final int changesPerMille;
  private final Set<String> down = new HashSet<>();
  private int registerNodesDown;
  private @Nullable String cutOff;

  Outages(SplittableRandom random, Setting setting) {
    this.random = random;
    this.setting = setting;
    this.changesPerMille = setting.network().isTimely() ? 0 : RATES[random.nextInt(RATES.length)];
  }

  /** Perhaps a node crashes or is back, or the network splits or heals. */
  void change(Consumer<String> crash) {
    if (random.nextInt(1_000) >= changesPerMille) {
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> crashOrStart(Setting.COORDINATOR, crash);
      case 1 -> crashOrStart(anyParticipant(), crash);
      case 2 -> cutOff = cutOff == null ? anyParticipant() : null;
      default -> changeRegister();
    }
  }

  private void crashOrStart(String node, Consumer<String> crash) {
    if (down.add(node)) {
      crash.accept(node);
    } else {
      down.remove(node);
    }
  }

  // One of three nodes may be down: a majority is left.
  private void changeRegister() {
    registerNodesDown = random.nextInt(REGISTER_NODES + 1);
    if (registerNodesDown > REGISTER_NODES / 2) {
      down.add(Setting.REGISTER);
    } else {
      down.remove(Setting.REGISTER);
    }
  }

  private String anyParticipant() {
    List<String> participants = new ArrayList<>(setting.participants());
    return participants.get(random.nextInt(participants.size()));
  }

  /** Whether all these nodes are up, and connected. */
  boolean permit(List<String> nodes) {
    return nodes.stream().noneMatch(down::contains)
        && (nodes.size() < 2 || cutOff == null || !nodes.contains(cutOff));
  }

  /** All are back, and connected. */
  void end() {
    down.clear();
    cutOff = null;
  }
}
