#!/usr/bin/env node
/** The command `diagflow`. Everything heavy is imported by the command that needs it, so that help and check answer at once. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { oneLine } from '../problem/errors.ts';
import { BACKEND_CHOICES } from '../run/backends.ts';
import { MOST_SHARDS, type Shard } from '../run/shard.ts';
import { VERSION } from '../run/version.ts';
import { parseInterval } from './duration.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';

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

const EXAMPLES = `
Examples:
  $ diagflow run examples/quickstart.json                 results/quickstart/{result.json,curves.csv,plot.svg}
  $ diagflow run experiment.json --backend cpu --seed 7 --out results/seed-7
  $ generate-experiment | diagflow run - --quiet          results/stdin/
  $ diagflow sweep examples/sweeps/phase-diagram.json     results/phase-diagram/{sweep.json,sweep.csv,sweep.svg}
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
    .version(VERSION, '--version')
    .helpOption('--help', 'show help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  withRunOptions(
    command
      .command('run')
      .description('run one experiment; write DIR/result.json, DIR/curves.csv and DIR/plot.svg; print a table')
      .argument('[FILE]', 'experiment file, "-" for standard input; none with --resume'),
  )
    .option(
      '--checkpoint-every <TIME>',
      'keep the state in DIR/checkpoint.diagflow this often (500ms, 60s, 5m, 1h), so that a run that was lost can be gone on with',
      parseInterval,
    )
    .option('--resume <DIR>', 'go on with the unfinished run in DIR, which holds all that it needs')
    .action(async (file: string | undefined, options, command: Command) => {
      const given = ['out', 'backend', 'seed', 'shard'].filter((name) => command.getOptionValueSource(name) === 'cli');
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
  withRunOptions(
    command
      .command('sweep')
      .description(
        'run an experiment over a grid of its fields; write DIR/sweep.json, DIR/sweep.csv and DIR/sweep.svg; resumable',
      )
      .argument('<FILE>', 'sweep file, "-" for standard input'),
  ).action(async (file, options) => {
    process.exitCode = await (await import('./sweep.ts')).sweep(file, options);
  });
  command
    .command('merge')
    .description('put the shards of a run or a sweep together; write DIR as the whole run would have')
    .argument('<A...>', 'result folders of the shards (or their shard.diagflow), all of them, in any order')
    .requiredOption('--out <DIR>', 'folder of the results')
    .action(async (sources, options) => {
      process.exitCode = await (await import('./merge.ts')).merge(sources, options);
    });
  command
    .command('check')
    .description('validate an experiment or a sweep; print it with every default written out')
    .argument('<FILE>', 'experiment file, "-" for standard input')
    .action(async (file) => (await import('./check.ts')).check(file));
  command
    .command('doctor')
    .description('say which GPU adapters there are, and test the generator and the arithmetic of each')
    .option('--json', 'as JSON')
    .action(async (options) => {
      process.exitCode = await (await import('./doctor.ts')).doctor(options);
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
    if (process.argv.length <= 2) throw new Failure(ExitStatus.input, 'no command given; see diagflow --help');
    await command.parseAsync();
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
    if (error instanceof Failure || error instanceof CommanderError) {
      process.stderr.write(`diagflow: ${told(error.message)}\n`);
      process.exitCode = error instanceof Failure ? error.status : ExitStatus.input;
    } else {
      process.stderr.write(
        `diagflow: internal error, please report it: ${error instanceof Error ? error.stack : error}\n`,
      );
      process.exitCode = ExitStatus.system;
    }
  }
}

await main();
