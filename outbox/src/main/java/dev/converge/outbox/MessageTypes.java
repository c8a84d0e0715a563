package dev.converge.outbox;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Maps records to type names on the wire. Names are stable and versioned. An unregistered name is
 * refused, and no class is ever loaded by a name from a message.
 */
public final class MessageTypes {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new SimpleModule().addDeserializer(UUID.class, new CanonicalUuid()))
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          // A newer sender may add a field; it may not omit one.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // No conversions: 12.99 is not an integer, 123 and true are not text.
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfigDefaults(
              coercion ->
                  coercion
                      .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                      .setAcceptBlankAsEmpty(false))
          .withCoercionConfig(
              LogicalType.Textual,
              coercion ->
                  coercion
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private final Map<String, Class<? extends Record>> byName;
  private final Map<Class<? extends Record>, String> byType;
  private final @Nullable AggregateField aggregate;

  /** Types whose payload does not name its aggregate; only the record's key does. */
  public MessageTypes(Map<String, Class<? extends Record>> types) {
    this(types, null);
  }

  /**
   * Types whose payload names its aggregate.
   *
   * @param aggregateField the field of every record that names it; a message is refused if the key
   *     of its Kafka record is not the text of that field
   * @throws IllegalArgumentException if a record has no such field
   */
  public MessageTypes(String aggregateField, Map<String, Class<? extends Record>> types) {
    this(types, new AggregateField(aggregateField, types.values()));
  }

  private MessageTypes(
      Map<String, Class<? extends Record>> types, @Nullable AggregateField aggregate) {
    this.aggregate = aggregate;
    this.byName = Map.copyOf(types);
    this.byType = new HashMap<>();
    types.forEach(
        (name, type) -> {
          if (byType.put(type, name) != null) {
            throw new IllegalArgumentException(type.getName() + " has two names");
          }
        });
  }

  /**
   * Encodes a record as a message's content.
   *
   * @throws IllegalArgumentException if its type is not registered, or its JSON is too long
   */
  public Payload encode(Record payload) {
    return new Payload(nameOf(payload), json(payload));
  }

  private String nameOf(Record payload) {
    String name = byType.get(payload.getClass());
    if (name == null) {
      throw new IllegalArgumentException(payload.getClass().getName() + " is not registered");
    }
    return name;
  }

  private static String json(Record payload) {
    try {
      return JSON.writeValueAsString(payload);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(payload.getClass().getName() + " cannot be written", e);
    }
  }

  /**
   * Decodes a message's payload into its record. An integer must be in plain digits, a UUID in 36
   * characters; nothing is converted from another type. Fields that the record does not have are
   * ignored.
   *
   * @throws UnprocessableMessageException if the type is unknown, if the payload does not fit it,
   *     if the record's constructor refuses a value with {@link IllegalArgumentException} (the
   *     reason names the field), or if the payload names another aggregate than the key
   */
  public Record decode(InboundMessage message) {
    Class<? extends Record> type = byName.get(message.type());
    if (type == null) {
      throw new UnprocessableMessageException("unknown type: " + message.type());
    }
    try {
      Record payload = JSON.readValue(message.payload(), type);
      if (payload == null) {
        throw new UnprocessableMessageException(message.type() + ": payload is null");
      }
      if (aggregate != null) {
        aggregate.requireKey(message, payload);
      }
      return payload;
    } catch (JsonProcessingException e) {
      throw new UnprocessableMessageException(message.type() + ": " + PayloadFault.describe(e), e);
    }
  }
}
