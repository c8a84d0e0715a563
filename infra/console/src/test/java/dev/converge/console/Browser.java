package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window. It resolves no name: a request that leaves the machine fails. */
final class Browser implements AutoCloseable {
  private static final Duration WITHIN = Duration.ofSeconds(15);
  private static final Path PROGRAM = program("CONVERGE_CHROMIUM", "/usr/bin/chromium");
  private static final Path DRIVER = program("CONVERGE_CHROMEDRIVER", "/usr/bin/chromedriver");
  // Kept: a logger that is not referenced loses its level.
  private static final Logger NOISE = Logger.getLogger("org.openqa.selenium");

  private final ChromeDriver driver;

  Browser() {
    NOISE.setLevel(Level.SEVERE);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(PROGRAM.toFile());
    options.addArguments(
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--window-size=1400,1000",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    if ("root".equals(System.getProperty("user.name"))) {
      options.addArguments("--no-sandbox");
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build(),
            options);
  }

  private static Path program(String variable, String byDefault) {
    String given = System.getenv(variable);
    return Path.of(given == null || given.isEmpty() ? byDefault : given);
  }

  /** The programs that are not installed; empty if all are. */
  static String missing() {
    return Stream.of(PROGRAM, DRIVER)
        .filter(program -> !Files.isExecutable(program))
        .map(Path::toString)
        .collect(Collectors.joining(", "));
  }

  void open(String url) {
    // A change of the fragment alone would not load the page again.
    driver.get("about:blank");
    driver.get(url);
  }

  String address() {
    return driver.getCurrentUrl();
  }

  void go(String fragment) {
    driver.executeScript("location.hash = arguments[0]", fragment);
  }

  void click(String css) {
    retried(
        () -> {
          driver.findElement(By.cssSelector(css)).click();
          return true;
        });
  }

  void type(String css, String text) {
    retried(
        () -> {
          WebElement input = driver.findElement(By.cssSelector(css));
          input.clear();
          input.sendKeys(text);
          return true;
        });
  }

  /** Presses keys where the focus is. */
  void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  void blur() {
    driver.executeScript("document.activeElement.blur()");
  }

  // An element may be drawn again between its search and its use.
  private static void retried(Callable<Boolean> action) {
    await().atMost(WITHIN).ignoreExceptions().until(action);
  }

  String text(String css) {
    return all(css).stream().findFirst().map(Browser::textOf).orElse("");
  }

  private static String textOf(WebElement element) {
    try {
      return element.getText();
    } catch (StaleElementReferenceException drawnAgain) {
      return "";
    }
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  int count(String css) {
    return all(css).size();
  }

  /** Waits until an element has a text. */
  void awaitText(String css, String expected) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(text(css)).as(css).contains(expected));
  }

  void awaitCount(String css, int expected) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(count(css)).as(css).isEqualTo(expected));
  }

  Object script(String script, Object... arguments) {
    return Objects.requireNonNullElse(driver.executeScript(script, arguments), "");
  }

  Object asyncScript(String script, Object... arguments) {
    return Objects.requireNonNullElse(driver.executeAsyncScript(script, arguments), "");
  }

  /** Lets the page see a system with other preferences. */
  void prefer(String feature, String value) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  void width(int pixels) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", pixels, "height", 900, "deviceScaleFactor", 1, "mobile", pixels < 500));
  }

  /** The messages that the browser has logged since the last call. */
  List<String> messages() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  /** The addresses that the page has requested. */
  List<String> requested() {
    Object names =
        driver.executeScript(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)");
    return names instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }

  /** The violations of accessibility that axe finds, a line each. */
  List<String> violations() {
    if (!Boolean.TRUE.equals(driver.executeScript("return typeof axe === 'object'"))) {
      driver.executeScript(axe());
    }
    Object found =
        driver.executeAsyncScript(
            "const done = arguments[arguments.length - 1];"
                + "axe.run({resultTypes: ['violations']}).then((result) => done("
                + "result.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3)"
                + ".map((n) => n.html + ' ' + n.failureSummary).join(' | '))))");
    return found instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }

  private static String axe() {
    try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(
          Objects.requireNonNull(script, "axe.min.js").readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The window, as a PNG. */
  byte[] picture() {
    return driver.getScreenshotAs(OutputType.BYTES);
  }

  /** The key that moves the focus. */
  void tab() {
    press(Keys.TAB);
  }

  @Override
  public void close() {
    driver.quit();
  }
}
