package dev.converge.outbox;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The field in which a payload names its aggregate. The record's key decides the partition, and so
 * the order per aggregate: both must be equal.
 */
final class AggregateField {
  private final String name;
  private final Map<Class<? extends Record>, Method> accessors = new HashMap<>();

  /**
   * The field of these types.
   *
   * @throws IllegalArgumentException if one has no such field
   */
  AggregateField(String name, Collection<Class<? extends Record>> types) {
    this.name = name;
    types.forEach(type -> accessors.put(type, accessor(type)));
  }

  private Method accessor(Class<? extends Record> type) {
    Method accessor =
        Arrays.stream(type.getRecordComponents())
            .filter(component -> component.getName().equals(name))
            .map(RecordComponent::getAccessor)
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException(type.getName() + " has no field " + name));
    // A service's messages need not be public.
    accessor.setAccessible(true);
    return accessor;
  }

  /**
   * Requires that the key is the field's text, character by character.
   *
   * @throws UnprocessableMessageException if it differs
   */
  void requireKey(InboundMessage message, Record payload) {
    String expected = String.valueOf(value(payload));
    if (!expected.equals(message.aggregateId())) {
      throw new UnprocessableMessageException(
          message.type()
              + ": the record's key is not the "
              + name
              + " of its payload (expected: "
              + expected
              + ")");
    }
  }

  private Object value(Record payload) {
    Method accessor = accessors.get(payload.getClass());
    if (accessor == null) {
      throw new IllegalArgumentException(payload.getClass().getName() + " is not registered");
    }
    try {
      return accessor.invoke(payload);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(accessor + " fails", e);
    }
  }
}
