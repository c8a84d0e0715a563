package dev.converge.lab.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Polls the audit of each service for findings about its data. No fault here corrupts data, so each
 * finding is a false alarm or a defect of the platform.
 */
final class AuditWatch implements AutoCloseable {
  /** The faults cause findings of the other checks. */
  private static final Set<String> OF_DATA =
      Set.of(
          "orders-without-saga",
          "stock-unbalanced",
          "stock-not-as-reserved",
          "stock-not-as-shipped",
          "reservations-orphaned",
          "payments-not-as-provider",
          "payments-not-as-orders");

  private static final List<Part> SERVICES = Topology.serviceParts();

  private static final long EVERY_SECONDS = 2;

  private final Http http = new Http();
  private final Platform platform;
  private final Map<Part, AtomicLong> answers = new ConcurrentHashMap<>();
  private final Map<Part, List<String>> notChecked = new ConcurrentHashMap<>();
  private final Set<String> findings = new ConcurrentSkipListSet<>();
  private final ScheduledExecutorService threads;

  /**
   * The findings about data, and the checks that failed.
   *
   * @param answers of the service that answered least often
   * @param findings those of all answers, each once
   * @param notChecked checks that that their service could not run when it last answered
   */
  record Observed(long answers, List<String> findings, List<String> notChecked) {}

  AuditWatch(Platform platform) {
    this.platform = platform;
    threads =
        Executors.newScheduledThreadPool(
            SERVICES.size(),
            work -> {
              Thread thread = new Thread(work, "audit-watch");
              thread.setDaemon(true);
              return thread;
            });
    for (Part service : SERVICES) {
      var unused =
          threads.scheduleWithFixedDelay(() -> poll(service), 0, EVERY_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void poll(Part service) {
    try {
      Http.Answer answer = http.get(platform.ports().url(service) + "/audit");
      if (answer.status() == 200) {
        findings.addAll(ofData(service.id(), answer.body()));
        notChecked.put(service, notChecked(service.id(), answer.body()));
        answers.computeIfAbsent(service, first -> new AtomicLong()).incrementAndGet();
      }
    } catch (IOException unavailable) {
      // The service may be the faulty part at this moment.
    }
  }

  static List<String> ofData(String service, JsonNode answer) {
    List<String> cases = new ArrayList<>();
    for (JsonNode finding : answer.path("findings")) {
      String check = finding.path("check").asText();
      if (OF_DATA.contains(check)) {
        finding
            .path("cases")
            .forEach(one -> cases.add(service + ": " + check + ": " + one.asText()));
      }
    }
    return cases;
  }

  static List<String> notChecked(String service, JsonNode answer) {
    List<String> notChecked = new ArrayList<>();
    for (JsonNode check : answer.path("notChecked")) {
      if (OF_DATA.contains(check.asText())) {
        notChecked.add(service + ": " + check.asText());
      }
    }
    return notChecked;
  }

  Observed observed() {
    return new Observed(
        SERVICES.stream()
            .mapToLong(service -> answers.getOrDefault(service, new AtomicLong()).get())
            .min()
            .orElseThrow(),
        List.copyOf(findings),
        notChecked.values().stream().flatMap(List::stream).sorted().toList());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
