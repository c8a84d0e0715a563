package dev.converge.lab.transactionmanager;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/** A branch that reports the moments of its commit, and its failure. It changes nothing else. */
final class PausingResource implements XAResource {
  private static final int BRANCHES = 2;

  private final XAResource branch;
  private final Progress progress;

  PausingResource(XAResource branch, Progress progress) {
    this.branch = branch;
    this.progress = progress;
  }

  /** How far the branches of one transaction are together. */
  static final class Progress {
    private final AtomicInteger prepared = new AtomicInteger();
    private final AtomicInteger committing = new AtomicInteger();
    private final Consumer<Moment> onMoment;
    private final Consumer<String> onFailure;

    Progress(Consumer<Moment> onMoment, Consumer<String> onFailure) {
      this.onMoment = onMoment;
      this.onFailure = onFailure;
    }

    private void failed(XAException failure) {
      String state =
          failure.getCause() instanceof SQLException cause ? " " + cause.getSQLState() : "";
      onFailure.accept(name(failure.errorCode) + state);
    }

    private static String name(int code) {
      return switch (code) {
        case XAException.XAER_RMERR -> "XAER_RMERR";
        case XAException.XAER_RMFAIL -> "XAER_RMFAIL";
        case XAException.XAER_NOTA -> "XAER_NOTA";
        default -> "XA error " + code;
      };
    }

    private void prepared() {
      if (prepared.incrementAndGet() == BRANCHES) {
        onMoment.accept(Moment.ALL_PREPARED);
      }
    }

    private void beforeCommit() {
      onMoment.accept(
          committing.incrementAndGet() == 1
              ? Moment.BEFORE_FIRST_COMMIT
              : Moment.BEFORE_SECOND_COMMIT);
    }
  }

  @Override
  public int prepare(Xid xid) throws XAException {
    int vote = branch.prepare(xid);
    progress.prepared();
    return vote;
  }

  @Override
  public void commit(Xid xid, boolean onePhase) throws XAException {
    progress.beforeCommit();
    try {
      branch.commit(xid, onePhase);
    } catch (XAException failure) {
      progress.failed(failure);
      throw failure;
    }
  }

  @Override
  public void rollback(Xid xid) throws XAException {
    branch.rollback(xid);
  }

  @Override
  public void start(Xid xid, int flags) throws XAException {
    branch.start(xid, flags);
  }

  @Override
  public void end(Xid xid, int flags) throws XAException {
    branch.end(xid, flags);
  }

  @Override
  public void forget(Xid xid) throws XAException {
    branch.forget(xid);
  }

  @Override
  public Xid[] recover(int flags) throws XAException {
    return branch.recover(flags);
  }

  @Override
  public int getTransactionTimeout() throws XAException {
    return branch.getTransactionTimeout();
  }

  @Override
  public boolean setTransactionTimeout(int seconds) throws XAException {
    return branch.setTransactionTimeout(seconds);
  }

  @Override
  public boolean isSameRM(XAResource other) {
    return other == this;
  }
}
