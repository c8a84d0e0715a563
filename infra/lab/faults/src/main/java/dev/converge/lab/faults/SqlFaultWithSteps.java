package dev.converge.lab.faults;

import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** An {@link SqlFault} that takes further steps when it is injected or healed. */
interface SqlFaultWithSteps extends Fault {
  SqlFault change();

  @Override
  default FaultSpec spec() {
    return change().spec();
  }

  @Override
  default @Nullable String whyNot() {
    return change().whyNot();
  }

  @Override
  default void inject() throws IOException, SQLException {
    change().inject();
  }

  @Override
  default void heal() throws IOException, SQLException {
    change().heal();
  }
}
