package dev.converge.order.domain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides which requests of a batch place their order. A key is used by the first request that has
 * it, in this batch or before: that request is accepted. Later requests with the key replay its
 * order, or are refused if they ask for something else.
 *
 * <p>Pure: the same requests and used keys give the same answers.
 *
 * @param accepted the orders to place
 * @param answers one for each request, in the order of the requests
 */
public record Acceptance(List<Order> accepted, List<Answer> answers) {
  public Acceptance {
    accepted = List.copyOf(accepted);
    answers = List.copyOf(answers);
  }

  /**
   * A request to place an order.
   *
   * @param key its idempotency key
   * @param fingerprint equal for requests with the same content
   */
  public record Request(String key, String fingerprint, Order order) {}

  /**
   * The order of a key.
   *
   * @param fingerprint of the request that used it first
   * @param order the order that this request placed, in its current state
   */
  public record UsedKey(String fingerprint, Order order) {}

  /** The verdict on a request. */
  public enum Verdict {
    /** Its order is placed. */
    ACCEPTED,
    /** The same request was accepted before. */
    REPLAYED,
    /** Its key was used before, for another request. */
    KEY_REUSED
  }

  /**
   * The answer to a request.
   *
   * @param order the order of the key
   */
  public record Answer(Verdict verdict, Order order) {}

  /** The first request of each key, in the order of the requests. */
  public static List<Request> firstOfEachKey(List<Request> requests) {
    Map<String, Request> firsts = new LinkedHashMap<>();
    requests.forEach(request -> firsts.putIfAbsent(request.key(), request));
    return List.copyOf(firsts.values());
  }

  /**
   * Decides a batch.
   *
   * @param usedBefore the keys of these requests that were used before the batch
   */
  public static Acceptance decide(List<Request> requests, Map<String, UsedKey> usedBefore) {
    Map<String, UsedKey> used = new LinkedHashMap<>(usedBefore);
    List<Order> accepted = new ArrayList<>();
    List<Answer> answers = new ArrayList<>(requests.size());
    for (Request request : requests) {
      UsedKey before = used.get(request.key());
      if (before == null) {
        used.put(request.key(), new UsedKey(request.fingerprint(), request.order()));
        accepted.add(request.order());
        answers.add(new Answer(Verdict.ACCEPTED, request.order()));
      } else {
        boolean same = before.fingerprint().equals(request.fingerprint());
        answers.add(new Answer(same ? Verdict.REPLAYED : Verdict.KEY_REUSED, before.order()));
      }
    }
    return new Acceptance(accepted, answers);
  }
}
