package dev.converge.lab.concepts;

/** The locks that are compared. */
enum LockKind {
  ADVISORY("advisory lock", true, true, "the session's idle timeout ends it"),
  ADVISORY_SESSION(
      "advisory lock, same session", true, false, "the writes use the session that holds the lock"),
  LEASE_ROW("lease row", true, true, "a row with its holder and the time at which it expires"),
  ZOOKEEPER("ZooKeeper", true, true, "an ephemeral node of three servers; its czxid is the token"),
  REDIS("Redis SET NX PX", true, true, "one server; a counter is incremented in the same script"),
  REDLOCK("Redlock", true, false, "a majority of five Redis servers; it has no token"),
  FILE("file lock", false, true, "the operating system's; a counter in the file is the token");

  private final String says;
  private final boolean expires;
  private final boolean hasToken;
  private final String explains;

  LockKind(String says, boolean expires, boolean hasToken, String explains) {
    this.says = says;
    this.expires = expires;
    this.hasToken = hasToken;
    this.explains = explains;
  }

  String says() {
    return says;
  }

  /** Whether it passes on although its holder's process exists. */
  boolean expires() {
    return expires;
  }

  /** Whether it gives each holder a greater number than the holder before. */
  boolean hasToken() {
    return hasToken;
  }

  String explains() {
    return explains;
  }

  /** Whether it ends when the holder's process does, before its lease has expired. */
  boolean endsWithItsProcess() {
    return this == ADVISORY || this == ADVISORY_SESSION || this == FILE;
  }

  boolean hasServer() {
    return this != FILE;
  }
}
