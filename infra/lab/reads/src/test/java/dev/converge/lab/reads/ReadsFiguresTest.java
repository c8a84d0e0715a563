package dev.converge.lab.reads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.linearizability.Operation;
import dev.converge.lab.reads.ReadsFigures.LongFork;
import dev.converge.lab.reads.ReadsFigures.Register;
import dev.converge.lab.reads.ReadsFigures.Served;
import dev.converge.lab.reads.ReadsFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: the figures and the page's claims follow from what clients note. Method: made notes. */
class ReadsFiguresTest {
  private static final List<Window> WINDOWS =
      List.of(
          new Window(Fault.LATE, ms(100), ms(200)),
          new Window(Fault.PRIMARY_CUT, ms(300), ms(400)));
  private static final List<Write> WRITES =
      List.of(new Write("1", ms(0), ms(10)), new Write("2", ms(20), ms(30)));

  private static long ms(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static Read page(Level level, long at, String newest, boolean lacksOwn) {
    return new Read(level, ms(at), ms(at + 2), 200, "replica-1", newest, -1, lacksOwn, false);
  }

  private static Read refused(Level level, long at) {
    return new Read(level, ms(at), ms(at + 2), 503, null, null, -1, false, false);
  }

  private static Read own(Level level, long at, int status, long age) {
    return new Read(
        level, ms(at), ms(at + 1), status, "primary", null, ms(age), status == 404, false);
  }

  private static List<Read> expected() {
    List<Read> reads = new ArrayList<>();
    for (Level level : Level.values()) {
      reads.add(page(level, 40, "2", false));
      reads.add(own(level, 50, 200, 40));
    }
    reads.add(page(Level.EVENTUAL, 120, "1", true));
    reads.add(own(Level.EVENTUAL, 130, 404, 100));
    reads.add(refused(Level.STRONG, 310));
    reads.add(page(Level.EVENTUAL, 310, "2", false));
    return reads;
  }

  private static ReadsFigures figures(List<Read> reads, List<Register> registers) {
    ReadAnalysis analysis = new ReadAnalysis(WINDOWS, new SessionLoad.Notes(reads, WRITES));
    return new ReadsFigures(
        new Settings(1, 4, 5_000, 3_000),
        new Machine(2, 20_000, "Linux amd64", "17"),
        analysis.served(),
        analysis.visible(),
        registers,
        fork(true, false));
  }

  private static LongFork fork(boolean first, boolean second) {
    return new LongFork(
        List.of(
            step("first write", null, null),
            step("eventual read of replica-1", first, second),
            step("second write", null, null),
            step("strong read of primary", false, true)));
  }

  private static LongFork.Step step(
      String says, @Nullable Boolean first, @Nullable Boolean second) {
    return new LongFork.Step(1, says, first, second);
  }

  private static List<Register> registers() {
    List<Operation> stale =
        List.of(
            Operation.write(1, ms(0), ms(10)),
            Operation.write(2, ms(20), ms(30)),
            Operation.read(1, ms(45), ms(50)));
    return List.of(
        ReadAnalysis.register(Level.STRONG, Fault.LATE, stale.subList(0, 2)),
        ReadAnalysis.register(Level.EVENTUAL, Fault.LATE, stale));
  }

  private static List<String> missed(ReadsFigures figures) {
    return figures.claims().stream().filter(claim -> !claim.met()).map(Claim::says).toList();
  }

  @Test
  void readsThatShowTheEffectMeetEveryClaim() throws Exception {
    ReadsFigures figures = figures(expected(), registers());
    Report report = ReadsPage.of(figures);

    assertThat(figures.claims()).hasSize(9).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(4);
    assertThat(report.html()).contains("Long Fork").contains("linearizable");
    assertThat(report.text()).doesNotContain("MISSED").contains("off by 15.0 ms");
  }

  @Test
  void readsAreCountedByTheFaultAtTheirBegin() {
    ReadsFigures figures = figures(expected(), registers());
    assertThat(served(figures, Level.EVENTUAL, Fault.LATE).answered()).isEqualTo(2);
    assertThat(served(figures, Level.EVENTUAL, Fault.LATE).lacksOwn()).isEqualTo(2);
    assertThat(served(figures, Level.EVENTUAL, Fault.LATE).staleMost()).isEqualTo(90);
    assertThat(served(figures, Level.STRONG, Fault.PRIMARY_CUT).refused()).isEqualTo(1);
    assertThat(served(figures, Level.STRONG, Fault.PRIMARY_CUT).longestGap()).isEqualTo(100);
    assertThat(served(figures, Level.EVENTUAL, Fault.PRIMARY_CUT).longestGap()).isEqualTo(88);
  }

  private static Served served(ReadsFigures figures, Level level, Fault fault) {
    return figures.served().stream()
        .filter(each -> each.level() == level && each.fault() == fault)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void ownOrderThatASessionDoesNotFindMissesItsClaim() {
    List<Read> reads = expected();
    reads.add(own(Level.SESSION, 150, 404, 100));
    assertThat(missed(figures(reads, registers())))
        .containsExactly("session reads show all that the session has written and seen");
  }

  @Test
  void pageOlderThanTheBoundMissesTheClaimOfBoundedReads() {
    List<Read> reads = expected();
    reads.add(page(Level.BOUNDED, 250, "1", false));
    assertThat(missed(figures(reads, registers())))
        .containsExactly("bounded reads are never older than their bound of 200 ms");
  }

  @Test
  void eventualReadThatIsRefusedMissesItsClaim() {
    List<Read> reads = expected();
    reads.add(refused(Level.EVENTUAL, 320));
    assertThat(missed(figures(reads, registers())))
        .containsExactly("eventual reads are answered under every fault");
  }

  @Test
  void staleStrongReadMissesTheClaimOfTheRegister() {
    Register eventual = registers().get(1);
    Register strong =
        new Register(
            Level.STRONG,
            Fault.LATE,
            eventual.writes(),
            eventual.reads(),
            eventual.conflicts(),
            eventual.offMillis(),
            eventual.search());
    assertThat(missed(figures(expected(), List.of(strong, eventual))))
        .containsExactly("every history of strong reads is linearizable");
  }

  @Test
  void readersThatAgreeShowNoLongFork() {
    assertThat(fork(true, false).isShown()).isTrue();
    assertThat(fork(true, true).isShown()).isFalse();
  }
}
