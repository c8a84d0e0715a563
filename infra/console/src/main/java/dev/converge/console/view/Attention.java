package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Everything that needs a person, from the answers of the services; grouped by cause, the largest
 * group first.
 *
 * @param stuck pages of {@code GET /sagas/stuck}
 * @param letters of each service, the parked messages
 * @param audits of each service, the answer of {@code GET /audit}
 * @param transactions of each service with other protocols than the saga, the answer of {@code GET
 *     /transactions}
 * @param unknown the services that did not answer
 */
public record Attention(
    List<JsonObject> stuck,
    Map<String, List<JsonObject>> letters,
    Map<String, JsonObject> audits,
    Map<String, JsonObject> transactions,
    Set<String> unknown) {
  private static final int MOST_MEMBERS = 500;
  private static final long AGE_STEP_SECONDS = 5;

  /** Nothing is known yet. */
  public static final Attention NONE =
      new Attention(List.of(), Map.of(), Map.of(), Map.of(), Set.of());

  public Attention {
    stuck = List.copyOf(stuck);
    letters = Map.copyOf(letters);
    audits = Map.copyOf(audits);
    transactions = Map.copyOf(transactions);
    unknown = Set.copyOf(unknown);
  }

  /** As the page is shown it. */
  public JsonObject json() {
    return new JsonObject()
        .put("stuck", stuckGroups())
        .put("letters", letterGroups())
        .put("findings", findings())
        .put("inDoubt", inDoubt())
        .put("divergent", divergent())
        .put("unknown", new JsonArray(new ArrayList<>(new TreeSet<>(unknown))));
  }

  private JsonArray stuckGroups() {
    Map<String, List<JsonObject>> groups = new LinkedHashMap<>();
    for (JsonObject saga : stuck) {
      String undoing = saga.containsKey("abortReason") ? "undo of " : "";
      groups
          .computeIfAbsent(undoing + saga.getString("step", ""), cause -> new ArrayList<>())
          .add(saga);
    }
    return groups(
        groups.entrySet().stream()
            .map(
                group ->
                    new JsonObject()
                        .put("cause", group.getKey())
                        .put("count", group.getValue().size())
                        .put("members", members(group.getValue(), "orderId"))));
  }

  private JsonArray letterGroups() {
    List<JsonObject> groups = new ArrayList<>();
    letters.forEach(
        (service, parked) -> {
          Map<String, List<JsonObject>> byCause = new LinkedHashMap<>();
          for (JsonObject letter : parked) {
            String type = letter.getString("type", "no type");
            String cause =
                type.replaceFirst("^.*\\.(\\w+\\.v\\d+)$", "$1")
                    + ": "
                    + Causes.of(letter.getString("reason", ""));
            byCause.computeIfAbsent(cause, first -> new ArrayList<>()).add(letter);
          }
          byCause.forEach(
              (cause, members) ->
                  groups.add(
                      new JsonObject()
                          .put("service", service)
                          .put("cause", cause)
                          .put("count", members.size())
                          .put(
                              "newest",
                              members.stream()
                                  .map(letter -> letter.getString("parkedAt", ""))
                                  .max(Comparator.naturalOrder())
                                  .orElse(""))
                          .put("members", members(members, "deadLetterId"))));
        });
    return groups(groups.stream());
  }

  private static JsonArray members(List<JsonObject> of, String id) {
    JsonArray members = new JsonArray();
    of.stream().limit(MOST_MEMBERS).forEach(member -> members.add(member.getString(id, "")));
    return members;
  }

  private static JsonArray groups(Stream<JsonObject> groups) {
    JsonArray sorted = new JsonArray();
    groups
        .sorted(
            Comparator.comparing((JsonObject group) -> -group.getInteger("count", 0))
                .thenComparing(group -> group.getString("cause", "")))
        .forEach(sorted::add);
    return sorted;
  }

  private JsonArray findings() {
    JsonArray findings = new JsonArray();
    audits.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            audit ->
                audit
                    .getValue()
                    .getJsonArray("findings", new JsonArray())
                    .forEach(
                        finding ->
                            findings.add(
                                ((JsonObject) finding).copy().put("service", audit.getKey()))));
    return findings;
  }

  // The oldest first. Its age is in steps, so that it is no change every time it is read.
  private JsonArray inDoubt() {
    List<JsonObject> branches = new ArrayList<>();
    transactions.forEach(
        (service, read) ->
            read.getJsonArray("inDoubt", new JsonArray()).stream()
                .map(JsonObject.class::cast)
                .forEach(branch -> branches.add(branch(service, branch))));
    branches.sort(
        Comparator.comparing((JsonObject branch) -> -branch.getLong("ageSeconds", 0L))
            .thenComparing(branch -> branch.getString("gid", "")));
    return new JsonArray(branches);
  }

  private static JsonObject branch(String service, JsonObject branch) {
    long seconds = branch.getLong("ageMillis", 0L) / 1_000;
    return new JsonObject()
        .put("service", service)
        .put("gid", branch.getString("gid", ""))
        .put("state", branch.getString("state", ""))
        .put("ageSeconds", seconds - seconds % AGE_STEP_SECONDS)
        .put("waiters", branch.getInteger("waiters", 0))
        .put("logBytes", branch.getLong("logBytesHeld", 0L));
  }

  // Ended otherwise than decided, and not acknowledged by an operator.
  private JsonArray divergent() {
    JsonArray divergent = new JsonArray();
    transactions.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            read ->
                read.getValue()
                    .getJsonArray("divergent", new JsonArray())
                    .forEach(
                        gid ->
                            divergent.add(
                                new JsonObject().put("service", read.getKey()).put("gid", gid))));
    return divergent;
  }
}
