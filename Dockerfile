# One definition for all our images: the build stage compiles the reactor once, and each target
# copies its part. Needs only Docker.
ARG JAVA_VERSION=25

FROM maven:3.9-eclipse-temurin-${JAVA_VERSION} AS build
WORKDIR /build
COPY .mvn .mvn
# Downloads are in a layer that only a pom.xml invalidates, because there are no sources yet. A cache
# mount needs BuildKit, which engines before 23 and Compose 1.29 lack.
COPY pom.xml ./
COPY infra/contracts/pom.xml infra/contracts/pom.xml
COPY infra/resilience/pom.xml infra/resilience/pom.xml
COPY infra/service-defaults/pom.xml infra/service-defaults/pom.xml
COPY infra/connect-extensions/pom.xml infra/connect-extensions/pom.xml
COPY infra/zookeeper/pom.xml infra/zookeeper/pom.xml
COPY infra/platform/pom.xml infra/platform/pom.xml
COPY infra/lab/report/pom.xml infra/lab/report/pom.xml
COPY infra/lab/simulator/pom.xml infra/lab/simulator/pom.xml
COPY infra/lab/bench/pom.xml infra/lab/bench/pom.xml
COPY infra/lab/concepts/pom.xml infra/lab/concepts/pom.xml
COPY infra/lab/faults/pom.xml infra/lab/faults/pom.xml
COPY infra/lab/protocols/pom.xml infra/lab/protocols/pom.xml
COPY infra/lab/reads/pom.xml infra/lab/reads/pom.xml
COPY infra/lab/transaction-manager/pom.xml infra/lab/transaction-manager/pom.xml
COPY infra/testkit/pom.xml infra/testkit/pom.xml
COPY infra/edge/pom.xml infra/edge/pom.xml
COPY infra/console/pom.xml infra/console/pom.xml
COPY infra/system-tests/pom.xml infra/system-tests/pom.xml
COPY commitment/pom.xml commitment/pom.xml
COPY outbox/pom.xml outbox/pom.xml
COPY outbox/reconciler/pom.xml outbox/reconciler/pom.xml
COPY order-service/pom.xml order-service/pom.xml
COPY inventory-service/pom.xml inventory-service/pom.xml
COPY payment-service/pom.xml payment-service/pom.xml
ARG BUILD="mvn -B -ntp -Dquick -Dmaven.test.skip=true package -pl order-service,inventory-service,payment-service,infra/platform,infra/console -am"
RUN $BUILD && find . -name target -prune -exec rm -r {} +
COPY infra/contracts infra/contracts
COPY infra/debezium infra/debezium
COPY infra/resilience infra/resilience
COPY infra/service-defaults infra/service-defaults
COPY infra/connect-extensions infra/connect-extensions
COPY infra/platform infra/platform
COPY infra/console infra/console
COPY infra/observability infra/observability
COPY commitment commitment
COPY outbox outbox
COPY order-service order-service
COPY inventory-service inventory-service
COPY payment-service payment-service
RUN $BUILD

# A JRE and an unprivileged user.
FROM eclipse-temurin:${JAVA_VERSION}-jre AS java
RUN mkdir -p /app && echo 'converge:x:10001:10001::/app:/usr/sbin/nologin' >> /etc/passwd
WORKDIR /app
USER 10001:10001
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=60 -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -XX:-OmitStackTraceInFastThrow"

FROM java AS order-service
COPY --from=build /build/order-service/target/lib lib
COPY --from=build /build/order-service/target/*.jar lib/
EXPOSE 8080
ENTRYPOINT ["java", "-cp", "lib/*", "dev.converge.order.OrderServiceMain"]

FROM java AS inventory-service
COPY --from=build /build/inventory-service/target/lib lib
COPY --from=build /build/inventory-service/target/*.jar lib/
EXPOSE 8081
ENTRYPOINT ["java", "-cp", "lib/*", "dev.converge.inventory.InventoryServiceMain"]

FROM java AS payment-service
COPY --from=build /build/payment-service/target/lib lib
COPY --from=build /build/payment-service/target/*.jar lib/
EXPOSE 8082
ENTRYPOINT ["java", "-cp", "lib/*", "dev.converge.payment.PaymentServiceMain"]

FROM java AS console
COPY --from=build /build/infra/console/target/lib lib
COPY --from=build /build/infra/console/target/*.jar lib/
EXPOSE 8090
ENTRYPOINT ["java", "-Dlogback.configurationFile=console-logback.xml", "-cp", "lib/*", "dev.converge.console.ConsoleMain"]

# Debezium's image with one additional jar beside the connector.
FROM quay.io/debezium/connect:3.7.0.Final AS connect
COPY --from=build /build/infra/connect-extensions/target/*.jar /kafka/connect/debezium-connector-postgres/

# Migrates the databases, creates the topics, registers the connectors.
FROM java AS provision
ENV CONVERGE_ROOT=/app
COPY infra/postgres infra/postgres
COPY infra/kafka infra/kafka
COPY infra/debezium infra/debezium
COPY --from=build /build/infra/platform/target/lib lib
COPY --from=build /build/infra/platform/target/*.jar lib/
COPY --from=build /build/outbox/target/*.jar /build/commitment/target/*.jar /build/infra/service-defaults/target/*.jar order-service/target/lib/
COPY --from=build /build/outbox/target/*.jar /build/commitment/target/*.jar /build/infra/service-defaults/target/*.jar inventory-service/target/lib/
COPY --from=build /build/outbox/target/*.jar /build/commitment/target/*.jar /build/infra/service-defaults/target/*.jar payment-service/target/lib/
COPY --from=build /build/order-service/target/*.jar order-service/target/
COPY --from=build /build/inventory-service/target/*.jar inventory-service/target/
COPY --from=build /build/payment-service/target/*.jar payment-service/target/
ENTRYPOINT ["java", "-cp", "lib/*", "dev.converge.platform.Converge"]
