package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.junit.jupiter.api.Test;

/** Goal: no character from outside moves a terminal's cursor, or hides text from the reader. */
class VisibleOutputTest {
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final PrintStream out = VisibleOutput.before(new PrintStream(terminal, true, UTF_8));

  private String shown() {
    return terminal.toString(UTF_8);
  }

  @Test
  void controlAndInvisibleCharactersAreEscaped() {
    int[] hidden = {
      0x00, 0x07, 0x08, 0x0D, 0x1B, 0x7F, 0x80, 0x9B, 0xAD, 0x034F, 0x061C, 0x200B, 0x200D, 0x200E,
      0x202E, 0x2028, 0x2060, 0x2066, 0x2069, 0x3164, 0xE000, 0xFE0F, 0xFEFF
    };
    for (int character : hidden) {
      terminal.reset();
      out.print("a" + Character.toString(character) + "b");
      assertThat(shown()).isEqualTo(String.format("a\\u%04xb", character));
    }
    terminal.reset();
    out.print("a\uDB40\uDC41b");
    assertThat(shown()).isEqualTo("a\\udb40\\udc41b");
  }

  @Test
  void textOfAllScriptsIsNotChanged() {
    String text = "Zoë Łukasz محمد नेहा 田中 🚀 \\ \" %s\n\tnext";
    out.print(text);
    assertThat(shown()).isEqualTo(text);
  }

  @Test
  void everyPrintMethodEscapesItsText() {
    out.println("a\u001bb");
    out.printf("%s|%c%n", "c\u009bd", '\u202e');
    out.append("e\u001b").append('\u200b').println();
    PrintWriter writer = new PrintWriter(out, true, UTF_8);
    writer.println("f\u001bg");
    writer.flush();
    assertThat(shown()).isEqualTo("a\\u001bb\nc\\u009bd|\\u202e\ne\\u001b\\u200b\nf\\u001bg\n");
  }

  @Test
  void characterWrittenByteByByteIsPrintedCorrectly() {
    for (byte one : "ë€🚀\u202e".getBytes(UTF_8)) {
      out.write(one);
    }
    out.flush();
    assertThat(shown()).isEqualTo("ë€🚀\\u202e");
  }

  @Test
  void longTextIsPrintedCompletely() {
    String much = "0123456789ë".repeat(10_000);
    out.print(much);
    assertThat(shown()).isEqualTo(much);
  }

  @Test
  void escapedJsonHasTheSameValue() throws Exception {
    String reason = "x\u009b\u202e\u001b\n";
    out.println(new ObjectMapper().createObjectNode().put("reason", reason).toPrettyString());
    assertThat(shown()).contains("\\u009b").doesNotContain("\u009b");
    assertThat(new ObjectMapper().readTree(shown()).path("reason").asText()).isEqualTo(reason);
  }

  @Test
  void untrustedTextStaysOnOneLine() {
    assertThat(Visible.line("a\nb\tc")).isEqualTo("a\\u000ab\\u0009c");
    assertThat(Visible.line("\uD800")).isEqualTo("\\ud800");
  }
}
