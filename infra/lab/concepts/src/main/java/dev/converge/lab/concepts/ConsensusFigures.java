package dev.converge.lab.concepts;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fate of acknowledged records when brokers fail. Pure. */
record ConsensusFigures(Settings settings, Machine machine, List<Round> rounds) {
  /**
   * The run.
   *
   * @param recordsPerSecond of each producer
   * @param lagMillis how late replication is, each way, before the victim is killed or paused
   * @param rounds with each victim and fault
   */
  record Settings(
      long seed,
      int recordsPerSecond,
      long lagMillis,
      int rounds,
      List<Victim> victims,
      List<Fault> faults) {}

  /** The node that fails. */
  enum Victim {
    LEADER("leader of the partition"),
    CONTROLLER("active controller");

    private final String says;

    Victim(String says) {
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  /** The failure. */
  enum Fault {
    KILL("killed"),
    PAUSE("paused"),
    CUT("cut off");

    private final String says;

    Fault(String says) {
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  /**
   * Records of half a second.
   *
   * @param at its begin in seconds, from the fault on
   * @param kept acknowledged in it, and in the log at the end
   * @param lost acknowledged in it, and not in the log at the end
   */
  record Bin(double at, long kept, long lost) {}

  /**
   * The records of one producer.
   *
   * @param lost acknowledged, and not in the log at the end
   * @param duplicated in the log more than once
   * @param unacknowledged in the log, though the producer got an error for it
   * @param gapMillis the longest time without an acknowledgement, from the fault on
   * @param lostUntilMillis from the fault to the acknowledgement of the last lost record; null if
   *     none is lost
   */
  record Producer(
      long sent,
      long acknowledged,
      long lost,
      long duplicated,
      long unacknowledged,
      double gapMillis,
      @Nullable Double lostUntilMillis,
      List<Bin> bins) {}

  /**
   * One fault.
   *
   * @param lastedMillis how long it lasted; a killed broker was down for that long
   * @param electedMillis from the fault until a broker named a successor; null if none did
   * @param twoLeadersMillis how long the victim claimed to lead while others named its successor
   * @param all the producer with acks=all
   * @param one the producer with acks=1
   */
  record Round(
      Victim victim,
      Fault fault,
      double lastedMillis,
      @Nullable Double electedMillis,
      double twoLeadersMillis,
      Producer all,
      Producer one) {}

  List<Round> rounds(Victim victim) {
    return rounds.stream().filter(round -> round.victim() == victim).toList();
  }

  List<Round> rounds(Victim victim, Fault fault) {
    return rounds(victim).stream().filter(round -> round.fault() == fault).toList();
  }

  long total(ToLongFunction<Round> figure) {
    return rounds.stream().mapToLong(figure).sum();
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    long lost = total(round -> round.all().lost());
    long acknowledged = total(round -> round.all().acknowledged());
    claims.add(
        new Claim(
            "with acks=all and min.insync.replicas=2 no acknowledged record is lost",
            Figures.count(lost) + " lost of " + Figures.count(acknowledged) + " acknowledged",
            lost == 0 && acknowledged > 0));
    long duplicated = total(round -> round.all().duplicated());
    claims.add(
        new Claim(
            "its idempotent producer writes no record twice, though it repeats requests",
            Figures.count(duplicated) + " twice in the log",
            duplicated == 0 && acknowledged > 0));
    control(claims);
    twoLeaders(claims);
    elections(claims);
    controllers(claims);
    return List.copyOf(claims);
  }

  // The control: unless it loses, the figures of acks=all prove nothing.
  private void control(List<Claim> claims) {
    List<Round> leaders = rounds(Victim.LEADER);
    if (!leaders.isEmpty()) {
      claims.add(
          new Claim(
              "with acks=1, the control, each loss of a leader loses acknowledged records",
              each(leaders, round -> Figures.count(round.one().lost())),
              leaders.stream().allMatch(round -> round.one().lost() > 0)));
    }
  }

  private void twoLeaders(List<Claim> claims) {
    List<Round> cut = rounds(Victim.LEADER, Fault.CUT);
    if (!cut.isEmpty()) {
      claims.add(
          new Claim(
              "a leader that is cut off acknowledges with acks=1 after its successor was elected",
              each(cut, round -> says(lateMillis(round))),
              cut.stream().allMatch(round -> lateMillis(round) > 0)));
    }
  }

  /** From the election of a successor to the last acknowledgement that is lost; 0 if not after. */
  static double lateMillis(Round round) {
    Double until = round.one().lostUntilMillis();
    Double elected = round.electedMillis();
    return until == null || elected == null ? 0 : Math.max(0, until - elected);
  }

  private void elections(List<Claim> claims) {
    claims.add(
        new Claim(
            "two of three nodes elect a successor in every round",
            each(rounds, round -> says(round.electedMillis())),
            !rounds.isEmpty() && rounds.stream().allMatch(round -> round.electedMillis() != null)));
    List<Double> partitions = elected(Victim.LEADER);
    List<Double> controllers = elected(Victim.CONTROLLER);
    if (!partitions.isEmpty() && !controllers.isEmpty()) {
      double slowest = controllers.get(controllers.size() - 1);
      double fastest = partitions.get(0);
      claims.add(
          new Claim(
              "the controllers elect sooner than a partition gets a new leader, because they need"
                  + " not wait for the session of the broker",
              String.format(
                  Locale.ROOT, "at most %s against at least %s", says(slowest), says(fastest)),
              slowest < fastest));
    }
  }

  private void controllers(List<Claim> claims) {
    List<Round> lost = rounds(Victim.CONTROLLER);
    if (!lost.isEmpty()) {
      claims.add(
          new Claim(
              "without a controller a partition continues: acks=1 waits less than half as long as"
                  + " acks=all, which waits for the follower that was lost",
              each(
                  lost,
                  round ->
                      says(round.one().gapMillis()) + " against " + says(round.all().gapMillis())),
              lost.stream()
                  .allMatch(round -> round.one().gapMillis() < round.all().gapMillis() / 2)));
    }
  }

  private List<Double> elected(Victim victim) {
    return rounds(victim).stream()
        .flatMap(round -> Stream.ofNullable(round.electedMillis()))
        .sorted()
        .toList();
  }

  private static String each(List<Round> rounds, Function<Round, String> figure) {
    List<String> all = new ArrayList<>();
    for (Round round : rounds) {
      all.add(round.fault().says() + " " + figure.apply(round));
    }
    return String.join(", ", all);
  }

  /** A time in seconds. */
  static String says(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.of(millis / 1_000, 1) + " s";
  }
}
