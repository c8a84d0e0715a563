package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.CallRow;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.lab.checker.TopicContents.LogView;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.lab.history.Request;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The evidence of a run: the lab's records during the run, and the contents of the databases, the
 * topics and the trace UI afterwards. Plain records, so that a test can invent any run.
 *
 * @param traces of some orders
 * @param slotsWhenQuiescent the slots after the run
 * @param quiescent whether all work ended in time
 */
public record Evidence(
    RunLog run,
    Books books,
    TopicContents topicContents,
    Traces traces,
    List<SlotSample> slotsWhenQuiescent,
    boolean quiescent) {

  /** The evidence of the databases alone, once all work has ended. */
  static Evidence of(Books books) {
    return new Evidence(
        RunLog.NONE, books, TopicContents.NOT_READ, Traces.NOT_READ, List.of(), true);
  }

  public List<Request> history() {
    return run.history();
  }

  public Map<String, Long> received() {
    return run.received();
  }

  public Interventions interventions() {
    return run.interventions();
  }

  public Observations observations() {
    return run.observations();
  }

  public List<OrderRow> orders() {
    return books.order().orders();
  }

  public List<SagaRow> sagas() {
    return books.order().sagas();
  }

  public List<Transition> transitions() {
    return books.order().transitions();
  }

  public List<KeyRow> keys() {
    return books.order().keys();
  }

  public List<ReservationRow> reservations() {
    return books.inventory().reservations();
  }

  public List<StockRow> stock() {
    return books.inventory().stock();
  }

  public List<PaymentRow> payments() {
    return books.payment().payments();
  }

  public List<ChargeRow> ledger() {
    return books.payment().ledger();
  }

  public List<CallRow> calls() {
    return books.payment().calls();
  }

  public List<OutboxRow> outbox() {
    return books.messages().outbox();
  }

  public List<RepublicationRow> republications() {
    return books.messages().republications();
  }

  public List<InboxRow> inbox() {
    return books.messages().inbox();
  }

  public List<DeadLetterRow> deadLetters() {
    return books.messages().deadLetters();
  }

  public List<TopicRecord> topics() {
    return topicContents.records();
  }

  public List<OffsetRow> offsets() {
    return topicContents.offsets();
  }

  public List<LogView> views() {
    return topicContents.views();
  }

  public List<StockSample> stockSamples() {
    return run.stockSamples();
  }

  public List<SlotSample> slotSamples() {
    return run.slotSamples();
  }

  /** The messages of the outbox, each once: its first row. */
  public List<OutboxRow> messages() {
    Map<String, OutboxRow> first = new LinkedHashMap<>();
    for (OutboxRow row : outbox()) {
      first.merge(row.id(), row, (one, other) -> other.atMicros() < one.atMicros() ? other : one);
    }
    return List.copyOf(first.values());
  }
}
