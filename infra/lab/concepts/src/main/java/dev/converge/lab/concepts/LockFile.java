package dev.converge.lab.concepts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The operating system's lock on a file. It never expires: it ends with its process. */
final class LockFile implements NightlyLock {
  private final FileChannel file;
  private @Nullable FileLock held;

  LockFile(Path path) throws IOException {
    this.file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public OptionalLong tryAcquire() throws IOException {
    held = file.tryLock();
    return held == null ? OptionalLong.empty() : OptionalLong.of(nextToken());
  }

  private long nextToken() throws IOException {
    ByteBuffer counter = ByteBuffer.allocate(Long.BYTES);
    int read = file.read(counter, 0);
    long token = 1 + (read == Long.BYTES ? counter.getLong(0) : 0);
    int written = file.write(ByteBuffer.allocate(Long.BYTES).putLong(0, token), 0);
    if (written != Long.BYTES) {
      throw new IOException("the token was not written");
    }
    return token;
  }

  @Override
  public boolean mayHold() {
    return held != null && held.isValid();
  }

  @Override
  public void release() throws IOException {
    if (held != null) {
      held.release();
    }
  }

  @Override
  public void end() throws IOException {
    file.close();
  }
}
