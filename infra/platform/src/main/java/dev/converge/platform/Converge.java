package dev.converge.platform;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line: {@code converge demo|up|status|down|logs|kill|start|pause|resume|console|
 * doctor}, {@code provider}, {@code order}, {@code show}, {@code trace} and {@code watch}; and for
 * operators {@code sagas}, {@code dead-letters}, {@code transactions} and {@code operator-actions}.
 */
@Command(
    name = "converge",
    description = "Runs the Converge platform on this machine, without Docker.",
    mixinStandardHelpOptions = true,
    versionProvider = Converge.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false)
public final class Converge {
  @Option(
      names = "--state",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      description = "Folder for data, logs and process ids; without it, .converge in the checkout.")
  private @Nullable Path state;

  private final Path root;

  private Converge(Path root) {
    this.root = root;
  }

  public static void main(String[] args) {
    System.exit(execute(args));
  }

  private static int execute(String[] args) {
    VisibleOutput.install();
    return commandLine().execute(args);
  }

  /** The command line, with the subcommands of the modules on the class path. */
  public static CommandLine commandLine() {
    String root = System.getenv().getOrDefault("CONVERGE_ROOT", "");
    Converge converge = new Converge(Path.of(root).toAbsolutePath().normalize());
    CommandLine commandLine = new CommandLine(converge);
    commandLine
        .addSubcommand(converge.new Demo())
        .addSubcommand(converge.new Up())
        .addSubcommand(converge.new Status())
        .addSubcommand(converge.new Down())
        .addSubcommand(converge.new Logs())
        .addSubcommand(converge.new Kill())
        .addSubcommand(converge.new Start())
        .addSubcommand(new PauseCommand(converge::platform))
        .addSubcommand(new ResumeCommand(converge::platform))
        .addSubcommand(new ProviderCommand(converge::platform))
        .addSubcommand(new OrderCommand(converge::platform))
        .addSubcommand(new ShowCommand(converge::platform))
        .addSubcommand(new TraceCommand(converge::platform))
        .addSubcommand(new WatchCommand(converge::platform))
        .addSubcommand(converge.new Console())
        .addSubcommand(new FailoverCommand(converge::platform))
        .addSubcommand(converge.new Doctor())
        .addSubcommand(new SagaCommands(converge::platform))
        .addSubcommand(new DeadLetterCommands(converge::platform))
        .addSubcommand(new TransactionCommands(converge::platform))
        .addSubcommand(new OperatorActionCommands(converge::platform))
        .addSubcommand(new Provision.Migrate())
        .addSubcommand(new Provision.Register())
        .addSubcommand(completion());
    addSubcommands(commandLine);
    Help.giveTo(commandLine);
    // These settings apply to the existing subcommands, so they come last. No colours: the output
    // contains no escape sequences, not even ours; only watch redraws its table on a terminal.
    return commandLine
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .setExecutionExceptionHandler(Converge::report);
  }

  private static CommandLine completion() {
    CommandLine completion = new CommandLine(new AutoComplete.GenerateCompletion());
    // Of a command for help, picocli accepts any arguments.
    completion.getCommandSpec().helpCommand(false);
    return completion;
  }

  private static void addSubcommands(CommandLine commandLine) {
    ServiceLoader.load(Subcommand.class).stream()
        .map(ServiceLoader.Provider::get)
        // A command is added before its own subcommands.
        .sorted(Comparator.comparing(Subcommand::parent))
        .forEach(
            subcommand -> {
              String parent = subcommand.parent();
              CommandLine under =
                  parent.isEmpty() ? commandLine : commandLine.getSubcommands().get(parent);
              if (under == null) {
                throw new IllegalStateException(subcommand + ": no command " + parent);
              }
              under.addSubcommand(subcommand);
            });
  }

  private static int report(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (failure instanceof PlatformException) {
      commandLine.getErr().println("converge: " + failure.getMessage());
      return 1;
    }
    if (failure instanceof IOException || failure instanceof UncheckedIOException) {
      commandLine.getErr().println("converge: " + StateFile.reason(failure));
      return 1;
    }
    throw failure;
  }

  /** The folders of the checkout and the state. */
  public Layout layout() {
    Path chosen = (state == null ? root.resolve(".converge") : state).toAbsolutePath().normalize();
    String text = chosen.toString();
    // Kafka takes a list of folders, with commas, and strips it.
    if (text.contains(",") || !text.equals(text.strip()) || text.matches(".*\\p{Cntrl}.*")) {
      throw new PlatformException(
          "the path of the state must contain no comma and no control character, and not end with a"
              + " space: "
              + text);
    }
    return new Layout(root, chosen);
  }

  private Platform platform() {
    return new Platform(layout(), ports(), Map.of());
  }

  private Ports ports() {
    return Ports.load(layout().state(), 0);
  }

  private static PrintWriter out(@Nullable CommandSpec spec) {
    return Objects.requireNonNull(spec).commandLine().getOut();
  }

  /** The version that the build has written into the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Converge.class.getPackage().getImplementationVersion();
      return new String[] {"converge " + (version == null ? "(not from a jar)" : version)};
    }
  }

  /** Options of the commands that start the platform. */
  private static final class PortOptions {
    @Option(
        names = "--port",
        paramLabel = "PART=PORT",
        description = "Moves one part's port; may be given again.")
    private Map<String, Integer> moved = new LinkedHashMap<>();

    @Option(names = "--port-offset", paramLabel = "N", description = "Adds N to every port.")
    private @Nullable Integer offset;

    Ports ports(Layout layout) {
      Ports ports = offset == null ? Ports.load(layout.state(), 0) : Ports.shifted(offset);
      moved.forEach((part, port) -> ports.move(Part.of(part), port));
      return ports;
    }
  }

  @Command(
      name = "up",
      description = "Starts the platform and stays until Ctrl-C; -d returns once it is ready.")
  private final class Up implements Callable<Integer> {
    @Option(names = "-d", description = "Return once everything is ready.")
    private boolean detached;

    @Option(names = "--fresh", description = "Delete all data first.")
    private boolean fresh;

    @Option(
        names = "--protocols",
        description = "Offer other protocols than the saga, for experiments; until 'down'.")
    private boolean protocols;

    @Option(
        names = "--edge-policy",
        paramLabel = "NAME",
        description =
            "How the edge selects a node of a service with several: least-requests (default),"
                + " round-robin, random, power-of-two-choices or consistent-hashing.")
    private @Nullable String edgePolicy;

    @Option(
        names = "--no-console",
        description = "Leave out the console, the page of the platform.")
    private boolean withoutConsole;

    @CommandLine.Mixin private ScaleOptions scaleOptions = new ScaleOptions();
    @CommandLine.Mixin private PortOptions portOptions = new PortOptions();

    @Override
    public Integer call() {
      Layout layout = layout();
      StateLock lock = StateLock.take(layout, "up");
      lock.during(() -> start(layout, lock));
      return 0;
    }

    private void start(Layout layout, StateLock lock) {
      Platform remembered = new Platform(layout, portOptions.ports(layout), Map.of());
      // With the data, the scale that they were written with is forgotten.
      Platform platform =
          remembered.scaledTo(scaleOptions.applyTo(fresh ? Scale.SMALLEST : remembered.scale()));
      if (edgePolicy != null) {
        platform.requireUsableEdgePolicy(edgePolicy);
      }
      if (fresh) {
        platform.requireUsablePorts();
        remembered.forget();
      }
      platform.requireUsableScale();
      if (protocols) {
        platform.enableProtocols();
      }
      if (edgePolicy != null) {
        platform.useEdgePolicy(edgePolicy);
      }
      if (withoutConsole) {
        platform.disableConsole();
      } else {
        platform.enableConsole();
      }
      new Startup(platform, lock).run(detached);
    }
  }

  @Command(
      name = "demo",
      description = "Starts the platform, places an order of each kind and prints their timelines.")
  private final class Demo implements Callable<Integer> {
    @CommandLine.Mixin private PortOptions portOptions = new PortOptions();

    @Override
    public Integer call() {
      Layout layout = layout();
      StateLock lock = StateLock.take(layout, "demo");
      Platform platform = new Platform(layout, portOptions.ports(layout), Map.of());
      platform.enableConsole();
      lock.during(() -> new Startup(platform, lock).run(true));
      return new DemoOrders(platform).run();
    }
  }

  @Command(name = "status", description = "Shows the parts that run, their addresses and sizes.")
  private final class Status implements Callable<Integer> {
    @CommandLine.Mixin private JsonOption json = new JsonOption();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      StatusReport report = new StatusReport(platform());
      return json.isGiven() ? report.printJson(out(spec)) : report.print();
    }
  }

  @Command(name = "down", description = "Stops the platform; its data stays.")
  private final class Down implements Callable<Integer> {
    @Override
    public Integer call() {
      // Does not read the remembered ports: down also works if they are damaged.
      Platform platform = new Platform(layout(), Ports.shifted(0), Map.of());
      StateLock.takeForDown(layout()).during(platform::down);
      System.out.println("Stopped. The data stays in " + layout().state() + ".");
      return 0;
    }
  }

  @Command(name = "logs", description = "Prints the log of a part.")
  private final class Logs implements Callable<Integer> {
    @Parameters(
        paramLabel = "PART",
        completionCandidates = Completions.Parts.class,
        description = "Such as order-service.")
    private String part = "";

    @Option(names = "-f", description = "Follow: print new lines, until Ctrl-C.")
    private boolean follow;

    @Override
    public Integer call() {
      return LogFile.print(layout().log(Part.of(part).id()), follow);
    }
  }

  @Command(name = "kill", description = "Kills a part (SIGKILL), as a crash would.")
  private final class Kill implements Callable<Integer> {
    @Parameters(
        paramLabel = "PART",
        completionCandidates = Completions.Parts.class,
        description = "Such as payment-service or kafka-2.")
    private String part = "";

    @CommandLine.Mixin private JsonOption json = new JsonOption();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      Part killed = Part.of(part);
      Platform platform = platform();
      StateLock.take(layout(), "kill").during(() -> kill(platform, killed));
      json.print(
          out(spec),
          JsonOption.object().put("part", killed.id()).put("state", "killed"),
          () -> System.out.println(part + " is killed. Start it again: ./converge start " + part));
      return 0;
    }

    private void kill(Platform platform, Part killed) {
      if (!platform.isRunning(killed)) {
        throw new PlatformException(part + " does not run");
      }
      platform.kill(killed);
    }
  }

  @Command(name = "console", description = "Prints the link of the console, with its token.")
  private final class Console implements Callable<Integer> {
    @CommandLine.Mixin private JsonOption json = new JsonOption();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      Platform platform = platform();
      if (!platform.hasConsole()) {
        throw new PlatformException("the platform runs without the console: ./converge up");
      }
      json.print(
          out(spec),
          JsonOption.object().put("link", platform.consoleLink()),
          () -> System.out.println(platform.consoleLink()));
      return 0;
    }
  }

  @Command(name = "start", description = "Starts a part that was killed.")
  private final class Start implements Callable<Integer> {
    @Parameters(
        paramLabel = "PART",
        completionCandidates = Completions.Parts.class,
        description = "Such as payment-service.")
    private String part = "";

    @CommandLine.Mixin private JsonOption json = new JsonOption();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      Part started = Part.of(part);
      StateLock.take(layout(), "start").during(() -> platform().startWithTables(started));
      json.print(
          out(spec),
          JsonOption.object().put("part", started.id()).put("state", "ready"),
          () -> System.out.println(part + " is ready."));
      return 0;
    }
  }

  @Command(name = "doctor", description = "Checks this machine for the platform's prerequisites.")
  private final class Doctor implements Callable<Integer> {
    @CommandLine.Mixin private JsonOption json = new JsonOption();

    @Override
    public Integer call() {
      return new Diagnosis(platform(), json.isGiven()).print();
    }
  }
}
