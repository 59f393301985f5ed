#!/usr/bin/env node
/** The command `diagflow`. Everything heavy is imported by the command that needs it, so that help and check answer at once. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { oneLine } from '../problem/errors.ts';
import { SHOWN, type Shown } from '../results/plot/shown.ts';
import { BACKEND_CHOICES } from '../run/backends.ts';
import { MOST_SHARDS, type Shard } from '../run/shard.ts';
import { VERSION } from '../run/version.ts';
import { candidates } from './completion/candidates.ts';
import { SCRIPTS, SHELLS, type Shell } from './completion/scripts.ts';
import { parseInterval } from './duration.ts';
import { exampleNames } from './examples.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';
import { parseChange } from './set.ts';

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 9007199254740991.');
  }
  return seed;
}

function parseShard(text: string): Shard {
  const [index, of] = /^\d{1,9}\/\d{1,9}$/.test(text) ? text.split('/').map(Number) : [0, 0];
  if (!(index >= 1 && index <= of && of <= MOST_SHARDS)) {
    throw new InvalidArgumentError(
      `It must be i/n with 1 ≤ i ≤ n ≤ ${MOST_SHARDS}, for instance 1/4, 2/4, 3/4 and 4/4.`,
    );
  }
  return { index, of };
}

/** Repeated or with commas between them. */
function parseNames(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((name) => name.trim())];
}

function parseShown(text: string, before: readonly Shown[] = []): readonly Shown[] {
  const names = parseNames(text).map((name) => {
    const found = SHOWN.find((one) => one === name);
    if (found === undefined) throw new InvalidArgumentError(`It must be of ${SHOWN.join(', ')}.`);
    return found;
  });
  return [...before, ...names];
}

/** From a stamp to a poster. */
const WIDTHS = [40, 1200] as const;

function parseWidth(text: string): number {
  const width = Number(text.replace(/\s*mm$/, ''));
  if (!(width >= WIDTHS[0] && width <= WIDTHS[1]))
    throw new InvalidArgumentError(`It must be ${WIDTHS[0]} to ${WIDTHS[1]} millimetres.`);
  return width;
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('It must be 0 to 65535.');
  return Number(text);
}

/** What `run` and `sweep` have in common. */
const withRunOptions = (command: Command): Command =>
  command
    .option('--out <DIR>', 'folder of the results (default: results/<name of FILE without .json>)')
    .addOption(
      new Option('--backend <NAME>', 'auto: a hardware GPU if there is one, else cpu; reference: f64 TypeScript')
        .choices(BACKEND_CHOICES)
        .default('auto'),
    )
    .option('--seed <N>', "seed of the random numbers, instead of the file's", parseSeed)
    .addOption(
      new Option('--shard <i/n>', 'only the i-th of n parts, i = 1 … n; put together by merge').argParser(parseShard),
    )
    .option('--quiet', 'no progress on stderr');

/** Fields changed on the command line: of every command that reads an experiment or a sweep. */
const withChanges = (command: Command): Command =>
  command.addOption(
    new Option(
      '--set <FIELD=VALUE>',
      'change a field of FILE, as in --set problem.dimension=10000 --set stepSize=0.8; VALUE is JSON or a word, nothing: the default',
    ).argParser(parseChange),
  );

const EXAMPLES = `
Examples:
  $ diagflow run quickstart                               results/quickstart/{result.json,curves.csv,plot.svg}
  $ diagflow run quickstart --set problem.dimension=65536 the same in another dimension
  $ diagflow lab results/quickstart                       looks at the results in the browser
  $ diagflow plot results/* --statistic risk --width 85 --out risk.pdf
                                                          one figure of several results, for a column of a paper
  $ diagflow run experiment.json --backend cpu --seed 7 --out results/seed-7
  $ generate-experiment | diagflow run - --quiet          results/stdin/
  $ diagflow sweep phase-diagram                          results/phase-diagram/{sweep.json,sweep.csv,sweep.svg}
  $ diagflow run long.json --checkpoint-every 60s         results/long/; killed on the way, it is not lost:
  $ diagflow run --resume results/long                    goes on from the last checkpoint, to the same numbers
  $ diagflow run big.json --shard 2/8 --out parts/2       one of eight parts; then:
  $ diagflow merge parts/* --out results/big              all eight put together
  $ diagflow check experiment.json                        the file with every default written out

Exit status: 0 done; 2 bad input or usage, nothing written; 3 a method failed, the results of the others were written;
130 stopped by Ctrl-C, what was finished was written.`;

function program(): Command {
  const command = new Command('diagflow')
    .description(
      'Simulate how SGD learns diagonal linear networks in high dimension: SGD and SDE ensembles, the PDE, gradient flow.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [COMMAND]', 'show help, of a command too')
    .addHelpText('after', EXAMPLES);
  const run = withRunOptions(
    command
      .command('run')
      .description('run one experiment; write DIR/result.json, DIR/curves.csv and DIR/plot.svg; print a table')
      .argument('[FILE]', 'experiment file, name of an example, or "-" for standard input; none with --resume'),
  );
  withChanges(run)
    .option('--npz', 'write DIR/curves.npz too, arrays for NumPy')
    .option(
      '--checkpoint-every <TIME>',
      'keep the state in DIR/checkpoint.diagflow this often (500ms, 60s, 5m, 1h), so that a run that was lost can be gone on with',
      parseInterval,
    )
    .option('--resume <DIR>', 'go on with the unfinished run in DIR, which holds all that it needs')
    .addHelpText('after', () => `\nExamples by name: ${exampleNames('experiment').join(', ')}`)
    .action(async (file: string | undefined, options, command: Command) => {
      const given = ['out', 'backend', 'seed', 'shard', 'set'].filter(
        (name) => command.getOptionValueSource(name) === 'cli',
      );
      if (options.resume === undefined) {
        if (file === undefined) throw new Failure(ExitStatus.input, 'run: no FILE given; see diagflow run --help');
      } else if (file !== undefined || given.length > 0) {
        const what = file !== undefined ? `FILE (${file})` : `--${given[0]}`;
        throw new Failure(
          ExitStatus.input,
          `--resume ${options.resume}: the folder says what to run; leave out ${what}`,
        );
      }
      const { run, resume } = await import('./run.ts');
      process.exitCode = await (file === undefined ? resume(options.resume, options) : run(file, options));
    });
  const sweep = withRunOptions(
    command
      .command('sweep')
      .description(
        'run an experiment over a grid of its fields; write DIR/sweep.json, DIR/sweep.csv and DIR/sweep.svg; resumable',
      )
      .argument('<FILE>', 'sweep file, name of an example, or "-" for standard input'),
  );
  withChanges(sweep)
    .addHelpText('after', () => `\nExamples by name: ${exampleNames('sweep').join(', ')}`)
    .action(async (file, options) => {
      process.exitCode = await (await import('./sweep.ts')).sweep(file, options);
    });
  command
    .command('merge')
    .description('put the shards of a run or a sweep together; write DIR as the whole run would have')
    .argument('<A...>', 'result folders of the shards (or their shard.diagflow), all of them, in any order')
    .requiredOption('--out <DIR>', 'folder of the results')
    .option('--npz', 'of a run: write DIR/curves.npz too, arrays for NumPy')
    .action(async (sources, options) => {
      process.exitCode = await (await import('./merge.ts')).merge(sources, options);
    });
  withChanges(
    command
      .command('check')
      .description('validate an experiment or a sweep; print it with every default written out')
      .argument('<FILE>', 'experiment or sweep file, name of an example, or "-" for standard input'),
  ).action(async (file, options) => (await import('./check.ts')).check(file, options));
  command
    .command('plot')
    .description('draw results or sweeps again: several laid over each other, for a page, a slide or a paper')
    .argument('<RESULT...>', 'result files, sweep files (sweep.json), or folders of them')
    .addOption(
      new Option(
        '--statistic <NAME,…>',
        'statistics to draw, of a sweep rate and blowUp too; default: all of the result',
      ).argParser(parseNames),
    )
    .addOption(
      new Option('--show <WHAT,…>', `what of results to draw: ${SHOWN.join(', ')}; default: curves`).argParser(
        parseShown,
      ),
    )
    .addOption(new Option('--x <SCALE>', 'scale of the x axis').choices(['linear', 'log']))
    .addOption(
      new Option('--y <SCALE>', 'scale of the y axis; default: what suits the numbers').choices([
        'linear',
        'log',
        'symlog',
      ]),
    )
    .option('--width <MM>', 'width on paper in millimetres, letters of 9 points; default: for the screen', parseWidth)
    .addOption(new Option('--theme <NAME>', 'colours').choices(['light', 'dark', 'print']).default('light'))
    .option('--out <FILE>', 'file ending in .svg, .png or .pdf; default: SVG on standard output')
    .action(async (sources, { statistic, ...options }) => {
      const wishes = { ...options, ...(statistic && { statistics: statistic }) };
      process.exitCode = await (await import('./plot.ts')).plot(sources, wishes);
    });
  command
    .command('lab')
    .description('serve the lab, the web page, on this machine, and show results in it')
    .argument('[RESULT...]', 'result files, or folders of results, to show')
    .option('--port <N>', 'port of the loopback interface; default: any that is free', parsePort)
    .action(async (results, options) => {
      process.exitCode = await (await import('./lab.ts')).lab(results, options);
    });
  command
    .command('doctor')
    .description('say which GPU adapters there are, and test the generator and the arithmetic of each')
    .option('--json', 'as JSON')
    .action(async (options) => {
      process.exitCode = await (await import('./doctor.ts')).doctor(options);
    });
  command
    .command('completion')
    .description('print the script for completion in a shell, as in: source <(diagflow completion bash)')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(`${SCRIPTS[shell]}\n`));
  command
    .command('complete', { hidden: true })
    .description('what the scripts of completion ask')
    .argument('[WORDS...]')
    .action((words: string[]) => {
      const lines = candidates(command, words);
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
  for (const one of [command, ...command.commands]) {
    one.exitOverride();
    // Usage errors are told once, in one line, by `main` below.
    one.configureOutput({ outputError: () => {} });
    one.allowExcessArguments(false);
  }
  return command;
}

/**
 * Trouble with the output streams never stops a run: results go to files. A reader that closes the pipe early (`| head`) wants no
 * more output, which is no failure; stdout that cannot be written otherwise (a full disk) is one, told at the end by the status.
 */
function tolerateBadStreams(): void {
  let broken = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || broken) return;
    broken = true;
    process.stderr.write(`diagflow: standard output could not be written: ${systemReason(error)}\n`);
  });
  process.stderr.on('error', () => {}); // there is nobody to tell
  process.on('exit', () => {
    if (broken) process.exitCode ||= ExitStatus.system;
  });
}

async function main(): Promise<void> {
  tolerateBadStreams();
  const command = program();
  try {
    const [, , asked, about] = process.argv;
    // The library would show the whole help, without a word on why.
    if (asked === 'help' && about !== undefined && !command.commands.some((one) => one.name() === about))
      throw new Failure(ExitStatus.input, `help: unknown command '${about}'; see diagflow --help`);
    if (asked === undefined) command.outputHelp();
    else await command.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help and version were printed
    // What was typed may hold anything, also what steers a terminal.
    const told = (text: string) =>
      oneLine(
        text
          .replace(/^error: /, '')
          .trim()
          .replace(/\s*\n\s*/g, ' '),
      );
    // An experiment that turns out not to be usable only when it is laid out, or its files are read.
    const isInput = error instanceof Error && error.name === 'ExperimentError';
    if (error instanceof Failure || error instanceof CommanderError || isInput) {
      process.stderr.write(`diagflow: ${told(error.message)}\n`);
      process.exitCode = error instanceof Failure ? error.status : ExitStatus.input;
    } else if ((error as Error | null)?.name === 'NotCapable') {
      process.stderr.write(
        `diagflow: Deno does not allow it: ${told((error as Error).message)}; \`deno run -A\` allows all\n`,
      );
      process.exitCode = ExitStatus.input;
    } else {
      process.stderr.write(
        `diagflow: internal error, please report it: ${error instanceof Error ? error.stack : error}\n`,
      );
      process.exitCode = ExitStatus.system;
    }
  }
}

await main();
