package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: {@code ./converge} works from every directory and under every name. Method: the real script
 * in an otherwise empty checkout, with a {@code java} that prints its arguments. Names that are not
 * ASCII are in bash's notation, because this JVM may not support them.
 */
class LauncherTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final String STRANGE = "$'caf\\xc3\\xa9 $HOME \\'q\\' \"d\" * [x] -y'";

  @TempDir Path folder = Path.of("");

  private record Ran(int exitCode, String output) {}

  @BeforeEach
  void makeJava() {
    assertThat(
            bash(
                """
                mkdir bin elsewhere
                printf '#!/usr/bin/env bash\\necho "LC_ALL=${LC_ALL-}"\\necho "ROOT=$CONVERGE_ROOT"\\n' >bin/java
                echo 'if [ -n "${REAL_JAVA-}" ]; then exec "$REAL_JAVA" -XshowSettings:properties -version; fi' >>bin/java
                echo 'printf "<%s>\\n" "$@"' >>bin/java
                printf '#!/usr/bin/env bash\\nexit 1\\n' >bin/mvn
                chmod +x bin/java bin/mvn
                """))
        .isEqualTo(new Ran(0, ""));
    checkout("checkout");
  }

  private void checkout(String name) {
    assertThat(
            bash(
                """
                mkdir %1$s && cd %1$s
                mkdir -p outbox commitment x-service infra/contracts infra/resilience infra/service-defaults \\
                  infra/connect-extensions infra/debezium infra/platform/target \\
                  infra/lab/report/target
                touch pom.xml
                touch infra/platform/target/.built infra/lab/report/target/.built
                cp "$CONVERGE" converge
                """
                    .formatted(name)))
        .isEqualTo(new Ran(0, ""));
  }

  private Ran bash(String script, String... environment) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(List.of("bash", "-c", "set -eu\nPATH=$PWD/bin:$PATH\n" + script))
              .directory(folder.toFile())
              .redirectErrorStream(true);
      List.of("JAVA_HOME", "LC_ALL", "LC_CTYPE", "LANG").forEach(builder.environment()::remove);
      builder.environment().put("CONVERGE", ROOT.resolve("converge").toString());
      for (String variable : environment) {
        String[] pair = variable.split("=", 2);
        builder.environment().put(pair[0], pair[1]);
      }
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return new Ran(process.exitValue(), output);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private String root() throws IOException {
    return "ROOT=" + folder.toRealPath().resolve("checkout") + "\n";
  }

  @Test
  void checkoutIsFoundThroughLinksOfEveryKind() throws IOException {
    String links =
        """
        ln -s "$PWD/checkout/converge" absolute
        ln -s checkout/converge relative
        ln -s ../relative elsewhere/chained
        ln -s checkout 'a folder'
        ln -s '../a folder/converge' 'elsewhere/through a folder'
        ln -s ../checkout/converge bin/converge
        """;
    for (String call :
        new String[] {
          "./absolute up",
          "./relative up",
          "elsewhere/chained up",
          "'a folder/converge' up",
          "'elsewhere/through a folder' up",
          "cd elsewhere && ./chained up",
          "cd / && converge up",
          "cd elsewhere && CDPATH=/:.. ../checkout/converge up",
          "cd checkout && bash converge up"
        }) {
      bash("rm -f absolute relative elsewhere/* 'a folder' bin/converge");
      Ran ran = bash(links + call);
      assertThat(ran.output()).as(call).contains(root()).contains("<up>");
      assertThat(ran.exitCode()).isZero();
    }
  }

  @Test
  void checkoutMayHaveAStrangePath() {
    checkout(STRANGE);
    Ran ran = bash("cd " + STRANGE + "\n./converge status $'Zo\\xc3\\xab'");
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.output())
        .contains("/caf\u00e9 $HOME 'q' \"d\" * [x] -y\n")
        .contains("[x] -y/infra/platform/target/*:")
        .contains("<Zo\u00eb>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"up -d", "down", "status", "demo", "--state s demo", "sagas list", "--version"})
  void platformCommandsNeedNoLab(String command) {
    Ran ran = bash("rm -r checkout/infra/lab\ncheckout/converge " + command);
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.output())
        .doesNotContain("/infra/lab/")
        .contains("<dev.converge.platform.Converge>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lab faults", "lab simulate", "bench", "--state s bench", "help", "-h", ""})
  void labCommandsAndHelpRunWithTheLab(String command) {
    Ran ran = bash("checkout/converge " + command);
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    for (String module :
        List.of(
            "report",
            "bench",
            "concepts",
            "faults",
            "protocols",
            "reads",
            "simulator",
            "transaction-manager")) {
      assertThat(ran.output())
          .contains("/infra/lab/" + module + "/target/*:")
          .contains("/infra/lab/" + module + "/target/lib/*:");
    }
    assertThat(ran.output()).contains("<dev.converge.platform.Converge>");
  }

  @Test
  void labIsBuiltOnlyWhenItIsNeeded() {
    bash("rm checkout/infra/lab/report/target/.built");
    assertThat(bash("checkout/converge up").exitCode()).isZero();
    Ran ran = bash("checkout/converge bench");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.output()).startsWith("Building;");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b", "'a!b'", "$'a\\nb'"})
  void pathThatIsInvalidInAClassPathIsRefused(String name) {
    checkout(name);
    Ran ran = bash("cd " + name + "\n./converge up");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.output())
        .startsWith("converge: the path of the checkout must contain no ':', '!'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LC_ALL=POSIX", "LANG=C", "LC_CTYPE=C", "NONE=", "LC_ALL="})
  void javaDecodesUtf8UnderAnAsciiLocale(String variable) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Ran ran = bash("checkout/converge up", variable, "REAL_JAVA=" + java);
    assertThat(ran.output()).contains("sun.jnu.encoding = UTF-8");
  }

  @Test
  void utf8LocaleIsKept() {
    assertThat(bash("checkout/converge up", "LC_ALL=C.UTF-8").output())
        .contains("LC_ALL=C.UTF-8\n");
    assertThat(bash("checkout/converge up", "LANG=C.UTF-8").output()).contains("LC_ALL=\n");
  }
}
