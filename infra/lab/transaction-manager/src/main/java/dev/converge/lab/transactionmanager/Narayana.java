package dev.converge.lab.transactionmanager;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBeanException;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.RecoveryEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.ats.arjuna.common.recoveryPropertyManager;
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.internal.arjuna.recovery.AtomicActionRecoveryModule;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTANodeNameXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTATransactionLogXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.common.JTAEnvironmentBean;
import com.arjuna.ats.jta.common.jtaPropertyManager;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import org.jspecify.annotations.Nullable;

/**
 * The transaction manager, with its log in a folder and a recovery that runs every second. Its own
 * defaults are two minutes between two recoveries and ten seconds within one.
 */
final class Narayana {
  private static final String NODE = "1";
  private static final int SECOND = 1;

  private Narayana() {}

  /**
   * Sets the manager up. Nothing of it may have been used before.
   *
   * @param orphansAfter when its recovery rolls back a prepared branch that is not in its log
   */
  static void configure(Path log, Duration orphansAfter) throws CoreEnvironmentBeanException {
    arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier(NODE);
    for (String store : new String[] {null, "communicationStore", "stateStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store)
          .setObjectStoreDir(log.toString());
    }
    RecoveryEnvironmentBean recovery = recoveryPropertyManager.getRecoveryEnvironmentBean();
    recovery.setPeriodicRecoveryPeriod(SECOND);
    recovery.setRecoveryBackoffPeriod(SECOND);
    recovery.setRecoveryListener(false);
    recovery.setRecoveryModuleClassNames(
        List.of(AtomicActionRecoveryModule.class.getName(), XARecoveryModule.class.getName()));
    JTAEnvironmentBean jta = jtaPropertyManager.getJTAEnvironmentBean();
    jta.setXaRecoveryNodes(List.of(NODE));
    jta.setOrphanSafetyInterval((int) orphansAfter.toMillis());
    jta.setXaResourceOrphanFilterClassNames(
        List.of(
            JTATransactionLogXAResourceOrphanFilter.class.getName(),
            JTANodeNameXAResourceOrphanFilter.class.getName()));
  }

  /** Starts the recovery of all these databases. */
  static void recover(List<XaDatabase> databases) {
    RecoveryManager manager = RecoveryManager.manager(RecoveryManager.INDIRECT_MANAGEMENT);
    manager.getModules().stream()
        .filter(XARecoveryModule.class::isInstance)
        .map(XARecoveryModule.class::cast)
        .forEach(
            module ->
                databases.forEach(
                    database -> module.addXAResourceRecoveryHelper(new Recovered(database))));
    manager.startRecoveryManagerThread();
  }

  /** A database that the recovery asks for prepared branches, over a connection that it renews. */
  private static final class Recovered implements XAResourceRecoveryHelper {
    private final XaDatabase database;
    private @Nullable XAConnection connection;

    Recovered(XaDatabase database) {
      this.database = database;
    }

    @Override
    public boolean initialise(String parameters) {
      return true;
    }

    @Override
    public XAResource[] getXAResources() throws Exception {
      XAConnection current = connection;
      if (current == null || !isUsable(current)) {
        current = database.connect();
        connection = current;
      }
      return new XAResource[] {current.getXAResource()};
    }

    private static boolean isUsable(XAConnection connection) {
      try {
        return connection.getXAResource().recover(XAResource.TMSTARTRSCAN) != null;
      } catch (SQLException | XAException broken) {
        return false;
      }
    }
  }
}
