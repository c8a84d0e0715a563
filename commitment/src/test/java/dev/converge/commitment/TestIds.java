package dev.converge.commitment;

import java.util.List;
import java.util.UUID;

/** New transactions of inventory and payment. */
public final class TestIds {
  private TestIds() {}

  public static GlobalId of(String protocol) {
    return new GlobalId(protocol, UUID.randomUUID(), List.of("inventory", "payment"));
  }
}
