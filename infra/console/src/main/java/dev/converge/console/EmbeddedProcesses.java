package dev.converge.console;

import dev.converge.platform.Part;
import dev.converge.platform.PartControl;
import java.util.List;

/** The processes of the embedded platform. */
record EmbeddedProcesses(PartControl control) implements PartProcesses {
  private static final long KIB_PER_MIB = 1_024;

  @Override
  public List<String> parts() {
    return control.parts().stream().map(Part::id).toList();
  }

  @Override
  public Seen see(String part) {
    PartControl.Observation seen = control.observe(Part.of(part));
    return new Seen(seen.runs(), seen.isPaused(), seen.port(), seen.residentKib() / KIB_PER_MIB);
  }

  @Override
  public void kill(String part) {
    control.kill(Part.of(part));
  }

  @Override
  public void start(String part) {
    control.start(Part.of(part));
  }

  @Override
  public void pause(String part) {
    control.pause(Part.of(part));
  }

  @Override
  public void resume(String part) {
    control.resume(Part.of(part));
  }
}
