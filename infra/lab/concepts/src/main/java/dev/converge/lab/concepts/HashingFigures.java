package dev.converge.lab.concepts;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Which replica owns which key, by each scheme, with three replicas and with four. Pure.
 *
 * @param hashes how many values the keys have by the hash of Vert.x' ring
 */
record HashingFigures(
    long seed, int keys, Machine machine, HashValues hashes, List<Owners> schemes) {
  static final int BEFORE = 3;
  static final int AFTER = 4;

  /** Of Vert.x. */
  static final int DEFAULT_VIRTUAL_NODES = 4;

  static final int MANY_VIRTUAL_NODES = 1_024;
  static final List<Integer> VIRTUAL_NODES =
      List.of(1, DEFAULT_VIRTUAL_NODES, 16, 64, 256, MANY_VIRTUAL_NODES, 4_096);

  private static final double EVEN = 1.0 / BEFORE;
  private static final double LEAST_MOVED = 1.0 / AFTER;

  /** A way to find the replica of a key. */
  enum Scheme {
    VERTX_RING("Vert.x' ring", "end"),
    SOUND_RING("sound ring", "filled"),
    JUMP("jump hash", "traced"),
    MODULO("hash % n", "steady");

    private final String says;
    private final String style;

    Scheme(String says, String style) {
      this.says = says;
      this.style = style;
    }

    String says() {
      return says;
    }

    /** The CSS class of its marks. */
    String style() {
      return style;
    }

    boolean hasVirtualNodes() {
      return this == VERTX_RING || this == SOUND_RING;
    }
  }

  /**
   * How many values a hash has.
   *
   * @param shareOfSmall the share of the keys whose hash is between −128 and −1
   * @param small the values of those keys
   * @param all the values of all keys
   */
  record HashValues(double shareOfSmall, int small, int all) {}

  /**
   * The owners of all keys by one scheme.
   *
   * @param virtualNodes of each replica; 0 if the scheme has none
   * @param shares of three replicas
   * @param sharesAfter of four
   * @param moved the share of the keys whose owner is another one with four replicas
   * @param movedBetweenOld the share of those that moved, but not to the fourth
   */
  record Owners(
      Scheme scheme,
      int virtualNodes,
      List<Double> shares,
      List<Double> sharesAfter,
      double moved,
      double movedBetweenOld) {
    @JsonProperty
    double largest() {
      return shares.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    String says() {
      return virtualNodes == 0
          ? scheme.says()
          : scheme.says() + ", " + Figures.count(virtualNodes) + " each";
    }
  }

  /** Measures every scheme with the ids of that many orders. */
  static HashingFigures of(long seed, int keys, Machine machine, Consumer<String> progress) {
    List<String> ids = OrderIds.of(seed, keys);
    List<Owners> all = new ArrayList<>();
    for (Scheme scheme : Scheme.values()) {
      for (int virtualNodes : scheme.hasVirtualNodes() ? VIRTUAL_NODES : List.of(0)) {
        Owners owners = owners(scheme, virtualNodes, ids);
        progress.accept(
            format("%-22s largest share %s", owners.says(), Figures.percent(owners.largest())));
        all.add(owners);
      }
    }
    return new HashingFigures(seed, keys, machine, values(ids), all);
  }

  private static Owners owners(Scheme scheme, int virtualNodes, List<String> ids) {
    ToIntFunction<String> before = selector(scheme, virtualNodes, BEFORE);
    ToIntFunction<String> after = selector(scheme, virtualNodes, AFTER);
    int[] owned = new int[BEFORE];
    int[] ownedAfter = new int[AFTER];
    int moved = 0;
    int movedBetweenOld = 0;
    for (String id : ids) {
      int from = before.applyAsInt(id);
      int to = after.applyAsInt(id);
      owned[from]++;
      ownedAfter[to]++;
      if (from != to) {
        moved++;
        movedBetweenOld += to < BEFORE ? 1 : 0;
      }
    }
    double all = ids.size();
    return new Owners(
        scheme,
        virtualNodes,
        shares(owned, all),
        shares(ownedAfter, all),
        moved / all,
        movedBetweenOld / all);
  }

  private static List<Double> shares(int[] owned, double all) {
    return IntStream.of(owned).mapToObj(keys -> keys / all).toList();
  }

  private static ToIntFunction<String> selector(Scheme scheme, int virtualNodes, int count) {
    List<String> replicas =
        IntStream.rangeClosed(1, count).mapToObj(node -> "order-service-" + node).toList();
    return switch (scheme) {
      case VERTX_RING -> new VertxRing(replicas, virtualNodes)::select;
      case SOUND_RING -> new HashRing(replicas, virtualNodes)::select;
      case JUMP -> key -> JumpHash.select(Hash64.sound(key), count);
      case MODULO -> key -> (int) Long.remainderUnsigned(Hash64.sound(key), count);
    };
  }

  private static HashValues values(List<String> ids) {
    Set<Long> small = new HashSet<>();
    Set<Long> all = new HashSet<>();
    int keysOfSmall = 0;
    for (String id : ids) {
      long hash = Hash64.vertx(id);
      all.add(hash);
      if (hash >= Byte.MIN_VALUE && hash < 0) {
        small.add(hash);
        keysOfSmall++;
      }
    }
    return new HashValues(keysOfSmall / (double) ids.size(), small.size(), all.size());
  }

  Owners of(Scheme scheme, int virtualNodes) {
    return schemes.stream()
        .filter(one -> one.scheme() == scheme && one.virtualNodes() == virtualNodes)
        .findFirst()
        .orElseThrow();
  }

  /** The measurements of one scheme, by rising numbers of virtual nodes. */
  List<Owners> of(Scheme scheme) {
    return schemes.stream().filter(one -> one.scheme() == scheme).toList();
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    Owners modulo = of(Scheme.MODULO, 0);
    Owners jump = of(Scheme.JUMP, 0);
    Owners sound = of(Scheme.SOUND_RING, MANY_VIRTUAL_NODES);
    Owners vertx = of(Scheme.VERTX_RING, MANY_VIRTUAL_NODES);
    Owners vertxDefault = of(Scheme.VERTX_RING, DEFAULT_VIRTUAL_NODES);
    return List.of(
        new Claim(
            "hash % n is even, but a fourth replica moves most keys, also between the first three",
            format(
                "largest share %s; moved %s, of all keys %s between the first three",
                percent(modulo.largest()),
                percent(modulo.moved()),
                percent(modulo.movedBetweenOld())),
            modulo.largest() < EVEN * 1.05
                && modulo.moved() > 0.7
                && modulo.movedBetweenOld() > 0.4),
        new Claim(
            "the jump hash is even, moves a quarter, and none between the first three",
            evenAndMoved(jump),
            isEvenAndMovesLittle(jump, 1.05)),
        new Claim(
            "the sound ring with "
                + Figures.count(MANY_VIRTUAL_NODES)
                + " virtual nodes does the same, within a tenth",
            evenAndMoved(sound),
            isEvenAndMovesLittle(sound, 1.1)),
        new Claim(
            "by the hash of Vert.x' ring half of all keys have one of 128 values",
            format(
                "%s of the keys have one of %d values",
                percent(hashes.shareOfSmall()), hashes.small()),
            Math.abs(hashes.shareOfSmall() - 0.5) < 0.03 && hashes.small() <= 128),
        new Claim(
            "more virtual nodes make Vert.x' ring worse, and the sound ring better",
            format(
                "largest share from %d to %,d virtual nodes: Vert.x %s to %s, sound %s to %s",
                DEFAULT_VIRTUAL_NODES,
                MANY_VIRTUAL_NODES,
                percent(vertxDefault.largest()),
                percent(vertx.largest()),
                percent(of(Scheme.SOUND_RING, DEFAULT_VIRTUAL_NODES).largest()),
                percent(sound.largest())),
            vertx.largest() > vertxDefault.largest()
                && sound.largest() < of(Scheme.SOUND_RING, DEFAULT_VIRTUAL_NODES).largest()),
        new Claim(
            "a fourth replica then moves more than twice as many keys as it should",
            format("%s moved, %s would do", percent(vertx.moved()), percent(LEAST_MOVED)),
            vertx.moved() > 2 * LEAST_MOVED));
  }

  private static boolean isEvenAndMovesLittle(Owners owners, double tolerance) {
    return owners.largest() < EVEN * tolerance
        && owners.moved() < LEAST_MOVED * tolerance
        && owners.movedBetweenOld() == 0;
  }

  private static String evenAndMoved(Owners owners) {
    return format(
        "largest share %s; moved %s, %s between the first three",
        percent(owners.largest()), percent(owners.moved()), percent(owners.movedBetweenOld()));
  }

  static String percent(double share) {
    return Figures.of(share * 100, 1) + " %";
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
