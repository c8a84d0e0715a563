package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.openqa.selenium.Keys;

/**
 * Goal: the page shows the platform as it is, does what it says, and is usable by everyone. Method:
 * scenes in Chromium, before services, processes and topics of the test. After each, the browser
 * has logged nothing, and has requested nothing from elsewhere.
 */
@BrowserTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsolePageIT {
  private static final List<String> VIEWS =
      List.of("#/flow", "#/orders", "#/attention", "#/faults", "#/slo", "#/lab");

  private static final int PICTURES = 16;

  private ConsoleServer console;
  private Browser browser;
  private boolean mayLog;

  @BeforeAll
  void start() {
    console = new ConsoleServer();
    browser = new Browser();
  }

  @AfterAll
  void close() {
    browser.close();
    console.close();
  }

  @BeforeEach
  void open() {
    mayLog = false;
    console.platform.needNothing();
    browser.open(console.url() + "/#t=" + ConsoleServer.TOKEN);
    browser.awaitText(".health", "nothing needs you");
    browser.awaitCount("#place:enabled", 1);
  }

  @AfterEach
  void browserHasNothingToReport() {
    List<String> messages = browser.messages();
    if (!mayLog) {
      assertThat(messages).as("messages of the browser").isEmpty();
    }
    assertThat(browser.requested()).allMatch(address -> address.startsWith(console.url()));
  }

  @Test
  void everyPartIsReadySoonAfterTheLinkIsOpened() {
    browser.awaitCount(".box.is-ready", FakeProcesses.PARTS.size());
    assertThat(browser.address()).isEqualTo(console.url() + "/#/").doesNotContain("t=");
    assertThat(browser.text(".live")).startsWith("live");
  }

  @Test
  @Tag("campaign")
  void pageWithoutATokenIsReadOnlyAndSaysHowToGetOne() {
    browser.script("sessionStorage.clear()");
    browser.open(console.url() + "/");
    browser.awaitText(".place", "./converge console");

    assertThat(browser.all("#place").get(0).isEnabled()).isFalse();
    browser.go("#/faults");
    browser.awaitText(".faults", "order-db");
    assertThat(browser.count("td.acts button:disabled")).isPositive();
  }

  @Test
  @Tag("campaign")
  void eachKindOfOrderIsPlacedAndListed() {
    int kinds = browser.count(".place input[type=radio]");
    assertThat(kinds).isEqualTo(8);
    int before = console.platform.placed.size();
    for (int i = 1; i < kinds; i++) {
      browser.click(".place label:nth-of-type(" + i + ") input");
      browser.click("#place");
      int expected = before + i;
      await().until(() -> console.platform.placed.size() == expected);
      browser.awaitText(".note", "placed …");
    }
    String newest = console.platform.addCharging();
    browser.awaitText(".order-list .id", newest.substring(newest.length() - 6));
  }

  @Test
  @Tag("campaign")
  void manyOrdersArePlacedAtARate() {
    int before = console.platform.placed.size();
    browser.type("input[name=count]", "12");
    browser.type("input[name=perSecond]", "50");
    browser.click("#place-many");

    browser.awaitText(".series", "12 of 12 sent");
    await().until(() -> console.platform.placed.size() == before + 12);
  }

  @Test
  void cancelledOrderTakesThePathThatWasShown() {
    String id = console.platform.addCharging();
    browser.go("#/orders/" + id);
    browser.awaitText(".row.is-awaits", "awaits PaymentCharged");
    assertThat(browser.count(".row.is-done")).isEqualTo(2);
    assertThat(browser.text(".row.is-left")).contains("ship-stock");
    browser.awaitText("#if-cancelled", "RefundPayment → ReleaseStock → CANCELLED");
    assertThat(browser.text("#if-deadline"))
        .contains("RefundPayment → ReleaseStock → REJECTED TIMED OUT");
    assertThat(browser.text("#if-answered")).contains("ShipStock → COMPLETED");

    browser.click("#cancel");
    browser.awaitText("#dialog", "RefundPayment → ReleaseStock → CANCELLED");
    browser.click("#confirm-cancel");

    browser.awaitText(".order-head .status", "CANCELLED");
    List<String> rows =
        browser.all(".story .row .label").stream().map(label -> label.getText()).toList();
    assertThat(rows)
        .containsExactly(
            "placed",
            "reserve-stock",
            "charge-payment",
            "undo charge-payment",
            "undo reserve-stock",
            "COMPENSATED");
    assertThat(browser.count("#cancel")).isZero();
  }

  @Test
  @Tag("campaign")
  void storyIsAlsoATimelineAndItsMessages() {
    String id = console.platform.addCharging();
    browser.go("#/orders/" + id);
    browser.awaitText(".row.is-awaits", "PaymentCharged");
    console.topics.append("payment.commands", "order", id, "ChargePayment");

    browser.click(".tabs button:nth-of-type(2)");
    browser.awaitCount(".bars rect", 2);
    browser.click(".tabs button:nth-of-type(3)");
    browser.awaitText(".order-page table", "ReserveStock");
    browser.awaitText(".order-page table:nth-of-type(2)", "ChargePayment");
  }

  @Test
  @Tag("campaign")
  void killedPartIsShownDownAndStartsAgain() {
    browser.go("#/faults");
    browser.click("button[aria-label='kill payment-service']");
    browser.awaitText(".health", "payment-service down");
    browser.go("#/flow");
    browser.awaitText(".box.payment-service", "down");

    browser.click(".box.payment-service");
    browser.click("#dialog button[aria-label='start payment-service']");
    browser.awaitText(".box.payment-service", "ready");
    browser.press(Keys.ESCAPE);
    assertThat(console.processes.done)
        .containsSubsequence("kill payment-service", "start payment-service");
  }

  @Test
  @Tag("campaign")
  void killOfAStoreAsksFirst() {
    browser.go("#/faults");
    browser.click("button[aria-label='kill kafka']");
    browser.awaitText("#dialog", "It holds data");
    assertThat(console.processes.done).doesNotContain("kill kafka");

    browser.click("#dialog .acts button:nth-of-type(2)");
    assertThat(console.processes.see("kafka").runs()).isTrue();
  }

  @Test
  @Tag("campaign")
  void pauseCountsDownAndCanBeEnded() {
    browser.go("#/faults");
    browser.click("button[aria-label='pause 20 s connect']");
    browser.awaitText("td.is-paused", "s left");

    browser.click("button[aria-label='resume connect']");
    browser.awaitCount("td.is-paused", 0);
  }

  @Test
  @Tag("campaign")
  void randomFaultsShowTheirSeedAndEnd() {
    browser.go("#/faults");
    browser.type("input[name=seed]", "7");
    browser.click("#begin-chaos");
    browser.awaitText("#seed", "7");
    browser.awaitText(".faults .findings", "for");
    browser.click("#end-chaos");
    browser.awaitCount("#end-chaos", 0);
    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () ->
                FakeProcesses.PARTS.stream().allMatch(part -> console.processes.see(part).runs()));
    FakeProcesses.PARTS.forEach(part -> console.processes.resume(part));
  }

  @Test
  @Tag("campaign")
  void providerSwitchShowsTheTruth() {
    browser.go("#/faults");
    browser.awaitText("#provider-now", "NORMAL");
    browser.click("input[value=FAIL]");
    browser.click("#switch");
    browser.awaitText("#provider-now", "FAIL");
    browser.awaitText(".faults .left", "s");

    browser.click("input[value=NORMAL]");
    browser.click("#switch");
    browser.awaitText("#provider-now", "NORMAL");
  }

  @Test
  @Tag("campaign")
  void messagesMoveAndAreCounted() {
    browser.prefer("prefers-reduced-motion", "no-preference");
    browser.awaitCount(".box", FakeProcesses.PARTS.size());
    console.topics.lag("payment.commands", 20);
    browser.awaitText("[data-lag='payment.commands']", "20");
    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              console.topics.append("payment.commands", "order", "x", "ChargePayment");
              return browser.count("#dots circle") > 0;
            });
    console.topics.lag("payment.commands", 0);
    browser.awaitText("[data-lag='payment.commands']", "0");
  }

  @Test
  @Tag("campaign")
  void dotsDoNotMoveWithReducedMotion() {
    browser.prefer("prefers-reduced-motion", "reduce");
    browser.open(console.url() + "/");
    browser.awaitCount(".box.is-ready", FakeProcesses.PARTS.size());
    console.topics.append("order.events", "order", "x", "OrderCompleted");
    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              console.topics.append("order.events", "order", "x", "OrderCompleted");
              return !browser
                  .text("table.topics tbody tr:nth-of-type(4) td:nth-of-type(4)")
                  .equals("0");
            });

    assertThat(browser.count("#dots circle")).isZero();
    browser.prefer("prefers-reduced-motion", "no-preference");
  }

  @Test
  @Tag("campaign")
  void spaceFreezesTheViewAndLosesNothing() {
    browser.blur();
    browser.press(" ");
    browser.awaitText("#paused", "Paused since");
    String id = console.platform.addCharging();
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> !browser.text("#paused").contains(" 0 events"));
    assertThat(browser.text(".order-list")).doesNotContain(id.substring(id.length() - 6));

    browser.press(" ");
    browser.awaitCount("#paused", 0);
    browser.awaitText(".order-list", id.substring(id.length() - 6));
  }

  @Test
  @Tag("campaign")
  void lostConsoleIsReportedAndFoundAgain() {
    mayLog = true; // The browser logs each attempt to connect.
    console.stop();
    browser.awaitText(".banner", "Not connected to the console since");
    console.start();
    browser.awaitCount(".banner", 0);
    browser.awaitText(".live", "live");
  }

  @Test
  @Tag("campaign")
  void stuckSagaIsRetriedAndItsOutcomeIsShown() {
    console.platform.needAttention();
    browser.awaitText(".health", "1 stuck saga");
    browser.go("#/attention");
    browser.awaitText(".stuck", "1 × ship-stock");

    browser.click(".stuck .members button");
    browser.awaitText("#dialog", "ShipStock → COMPLETED");
    browser.type("#dialog input[name=operator]", "grace");
    browser.type("#dialog input[name=reason]", "inventory is back");
    browser.click("#dialog button.main");

    await()
        .until(
            () ->
                console.platform.writes.stream()
                    .anyMatch(
                        write ->
                            write.startsWith("retry " + FakePlatform.STUCK_ORDER)
                                && write.contains("inventory is back")));
    browser.awaitText(".health", "parked message");
  }

  @Test
  @Tag("campaign")
  void branchInDoubtIsListedAndEnded() {
    console.platform.needAttention();
    browser.go("#/attention");
    browser.awaitText("table.in-doubt", "inventory-service");
    browser.awaitText("table.in-doubt", "PREPARED");

    browser.click("table.in-doubt button[aria-label^='ABORT payment']");
    browser.awaitText("#dialog", "no other branch of the transaction ends otherwise");
    browser.type("#dialog input[name=operator]", "grace");
    browser.type("#dialog input[name=reason]", "the decision is lost");
    browser.click("#dialog button.main");

    await()
        .until(
            () ->
                console.platform.writes.stream()
                    .anyMatch(write -> write.startsWith("resolve " + FakePlatform.IN_DOUBT)));
    browser.awaitCount("table.in-doubt", 0);
  }

  @Test
  @Tag("campaign")
  void jobShowsTheOutcomeOfEachSagaAlsoAfterAReload() {
    console.platform.needAttention();
    browser.go("#/attention");
    browser.awaitText(".stuck", "1 × ship-stock");
    browser.click(".stuck > .acts button");
    browser.awaitText("#dialog", "what gets stuck later is not in it");
    browser.type("#dialog input[name=operator]", "grace");
    browser.type("#dialog input[name=reason]", "all of them");
    browser.type("#dialog input[name=judgeAfterSeconds]", "1");
    browser.click("#dialog button.main");

    browser.awaitText(".job-state", "done");
    browser.awaitText(".job", "left STUCK 1");
    browser.open(console.url() + "/#/attention");
    browser.awaitText(".job", "left STUCK 1");
  }

  @Test
  void hostileMessageIsShownAsText() {
    mayLog = true; // The refused replay is a 409, which the browser logs.
    console.platform.needAttention();
    browser.go("#/attention");
    browser.awaitText(".attention", FakePlatform.HOSTILE);
    browser.click(".letters .members button");
    browser.awaitText("#dialog .payload", FakePlatform.HOSTILE);
    assertThat(browser.count("#app img")).isZero();
    browser.press(Keys.ESCAPE);

    browser.click(".letters .members button:nth-of-type(2)");
    browser.type("#dialog input[name=operator]", "grace");
    browser.type("#dialog input[name=reason]", "again");
    browser.click("#dialog button.main");
    browser.awaitText(".letters .bad", FakePlatform.NOT_HANDLED);
  }

  private void measureOrders() {
    console.platform.measureOrders();
    browser.go("#/slo");
    browser.awaitCount("#slo-orders-end .plot a", 1);
  }

  @Test
  void objectivesShowBudgetCountsAndTheTraceBehindADot() {
    measureOrders();
    assertThat(browser.text("[data-objective=orders-end]")).contains("kept", "100 %", "0.0 ×");
    assertThat(browser.text("[data-objective=orders-end] .counts")).matches("0 of [1-9]\\d*");
    assertThat(browser.all("#slo-orders-end .plot a").get(0).getDomAttribute("href"))
        .isEqualTo("http://127.0.0.1:9411/zipkin/traces/" + FakePlatform.TRACE);
    browser.awaitText(".health", "budget ");
  }

  @Test
  @Tag("campaign")
  void lateOrdersSpendTheBudget() {
    // Of its own: the budget of the other scenes would be spent, too.
    try (ConsoleServer late = new ConsoleServer()) {
      late.platform.measureOrders();
      late.platform.endLate();
      browser.open(late.url() + "/#/slo");
      browser.awaitText("[data-objective=orders-end]", "budget spent");
      assertThat(browser.count("#slo-orders-end .plot .cell.is-late")).isPositive();
      browser.awaitText(".health a", "budget −");
      // The browser would log that the other console is gone.
      browser.open(console.url() + "/");
    }
  }

  @Test
  void plotPlacesATimeWithinItsBucket() {
    Object checked =
        browser.asyncScript(
            """
            const done = arguments[arguments.length - 1];
            import('/plot.js').then(({ columnOf, darkness, rowOf, x }) => {
              const plot = { from: '2026-11-30T12:00:00.000Z', columnSeconds: 15, columns: 60 };
              done([
                rowOf([0.1, 0.5, 5], 0.05) === 0.5,
                rowOf([0.1, 0.5, 5], 0.5) === 2,
                rowOf([0.1, 0.5, 5], 7) === 3.5,
                columnOf(plot, '2026-11-30T12:00:30.000Z') === 2,
                columnOf(plot, '2026-11-30T11:00:00.000Z') === 0,
                x(plot, 60) > x(plot, 59),
                darkness(1, 1000) > 0.25 && darkness(1000, 1000) === 1,
              ]);
            }, (failure) => done([String(failure)]));
            """);

    assertThat(checked).isInstanceOf(List.class);
    assertThat((List<?>) checked).hasSize(7).allMatch(Boolean.TRUE::equals);
  }

  @Test
  @Tag("campaign")
  void pageOfTheLabIsListed() {
    console.writeReport("bench", "report.html", "<title>Bench of a test</title>");
    browser.go("#/lab");
    browser.awaitText("table.reports", "Bench of a test");
    assertThat(browser.all("table.reports a").get(0).getAttribute("href"))
        .isEqualTo(console.url() + "/lab/bench/report.html");
  }

  @Test
  @Tag("campaign")
  void keysAreListedAndTheFocusReturns() {
    browser.script("document.getElementById('pause').focus()");
    browser.press("?");
    browser.awaitText("#dialog", "pause the view");
    browser.press(Keys.ESCAPE);
    await().until(() -> "pause".equals(browser.script("return document.activeElement.id")));
    browser.blur();
    browser.press("4");
    browser.awaitText("h2", "Faults");
  }

  @Test
  @Tag("campaign")
  void everyViewIsAccessibleInBothThemes() {
    console.platform.needAttention();
    measureOrders();
    String id = console.platform.addCharging();
    List<String> views = new ArrayList<>(VIEWS);
    views.add("#/orders/" + id);
    List<String> violations = new ArrayList<>();
    for (String theme : List.of("light", "dark")) {
      browser.prefer("prefers-color-scheme", theme);
      for (String view : views) {
        browser.go(view);
        browser.awaitText("nav a[aria-current=page]", "");
        browser.violations().forEach(found -> violations.add(theme + " " + view + " " + found));
      }
    }
    assertThat(violations).isEmpty();
  }

  @Test
  @Tag("campaign")
  void everyViewFitsANarrowScreen() {
    console.platform.needAttention();
    measureOrders();
    String id = console.platform.addCharging();
    List<String> views = new ArrayList<>(VIEWS);
    views.add("#/orders/" + id);
    // Of its own: after the emulation, clicks in the lower part of a browser have no effect.
    try (Browser narrow = new Browser()) {
      // A phone, and the window of the other tests at 200 %.
      for (int width : List.of(375, 700)) {
        narrow.width(width);
        narrow.open(console.url() + "/");
        for (String view : views) {
          narrow.go(view);
          narrow.awaitCount("#slo-orders-end .plot a", view.equals("#/slo") ? 1 : 0);
          await().untilAsserted(() -> assertThat(fits(narrow)).as(view + " " + width).isTrue());
        }
      }
    }
  }

  private static boolean fits(Browser browser) {
    return Boolean.TRUE.equals(
        browser.script("return document.documentElement.scrollWidth <= innerWidth"));
  }

  @Test
  @Tag("campaign")
  void orderIsPlacedAndCancelledByTheKeyboardAlone() {
    int before = console.platform.placed.size();
    browser.blur();
    browser.press("n");
    await().until(() -> "place".equals(browser.script("return document.activeElement.id")));
    browser.press(Keys.ENTER);
    await().until(() -> console.platform.placed.size() == before + 1);

    String id = console.platform.addCharging();
    browser.go("#/orders/" + id);
    browser.awaitCount("#cancel:enabled", 1);
    browser.script("document.getElementById('cancel').focus()");
    browser.press(Keys.ENTER);
    browser.awaitText("#dialog", "CANCELLED");
    assertThat(browser.script("return document.activeElement.closest('dialog') !== null"))
        .isEqualTo(true);
    browser.press(Keys.ENTER);
    browser.awaitText(".order-head .status", "CANCELLED");
  }

  /**
   * Writes the pictures of the README and of docs/console.md, with {@code -Dconverge.write=true}.
   */
  @Test
  @EnabledIfSystemProperty(named = "converge.write", matches = "true")
  void picturesShowTheFlow() throws IOException {
    Path folder =
        Files.createDirectories(
            Path.of(System.getProperty("converge.root", "../.."), "docs", "images"));
    // Of their own, without the orders of other tests.
    try (ConsoleServer shown = new ConsoleServer();
        Browser window = new Browser()) {
      shown.platform.beBusy();
      for (int i = 0; i < 24; i++) {
        shown.platform.addEnded(i % 5 == 3 ? "REJECTED" : "COMPLETED");
      }
      shown.topics.lag("payment.commands", 3);
      window.open(shown.url() + "/#t=" + ConsoleServer.TOKEN);
      window.awaitText(".box.connect", "3 of 3 connectors run");
      window.awaitText("[data-lag='payment.commands']", "3");
      for (String theme : List.of("light", "dark")) {
        window.prefer("prefers-color-scheme", theme);
        shown.platform.addPlaced();
        messagesOfEachTopic(shown, 10);
        await().until(() -> dotsAtTheTopics(window) >= 12);
        Files.write(folder.resolve("console-" + theme + ".png"), window.picture());
      }
      window.prefer("prefers-color-scheme", "light");
      List<byte[]> pictures = new ArrayList<>();
      for (int i = 0; i < PICTURES; i++) {
        messagesOfEachTopic(shown, 1);
        pictures.add(window.picture());
      }
      AnimatedGif.write(folder.resolve("console.gif"), pictures, 720, 25);
    }
  }

  private static void messagesOfEachTopic(ConsoleServer shown, int n) {
    for (int i = 0; i < n; i++) {
      shown.topics.append("inventory.commands", "order", "x" + i, "ReserveStock");
      shown.topics.append("payment.commands", "order", "x" + i, "ChargePayment");
      shown.topics.append("order.replies", "inventory", "x" + i, "StockReserved");
      String answer = i % 5 == 3 ? "PaymentDeclined" : "PaymentCharged";
      shown.topics.append("order.replies", "payment", "x" + i, answer);
      shown.topics.append("order.events", "order", "x" + i, "OrderCompleted");
    }
  }

  private static long dotsAtTheTopics(Browser window) {
    Object dots =
        window.script(
            "return [...document.querySelectorAll('#dots circle')]"
                + ".filter((dot) => Number(dot.getAttribute('cx')) > 500).length");
    return dots instanceof Long n ? n : 0;
  }

  @Test
  void storeReducesEventsPurely() {
    Object checked =
        browser.asyncScript(
            """
            const done = arguments[arguments.length - 1];
            import('/store.js').then(({ EMPTY, reduce, needs, stateOf }) => {
              const order = (n, status) => ({ orderId: 'a' + n, status });
              let state = reduce(EMPTY, { type: 'orders', data: { orders: [order(1, 'PENDING')] } });
              const before = JSON.stringify(state);
              const later = reduce(state, { type: 'orders', data: { orders: [order(1, 'COMPLETED'), order(2, 'PENDING')] } });
              const flow = reduce(later, { type: 'flow', now: 1000, data: { edges: { 'order>t': { n: 10, sample: [{ o: 'a1', m: 'X' }] } } } });
              const idle = reduce(flow, { type: 'second', now: 9000 });
              done([
                before === JSON.stringify(state),
                later.newest.join() === 'a2,a1',
                later.orders.a1.status === 'COMPLETED',
                flow.edges['order>t'].perSecond === 2,
                idle.edges['order>t'].perSecond === 0 && idle.edges['order>t'].total === 10,
                flow.messages.a1.length === 1,
                needs(later) === null,
                stateOf([{ state: 'ready' }, { state: 'down' }]) === 'down',
                reduce(state, { type: 'unknown' }) === state,
              ]);
            }, (failure) => done([String(failure)]));
            """);

    assertThat(checked).isInstanceOf(List.class);
    assertThat((List<?>) checked).hasSize(9).allMatch(Boolean.TRUE::equals);
  }
}
