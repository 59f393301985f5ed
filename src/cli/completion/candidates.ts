/** What can stand where one types: commands, options, their choices, names of examples, and whether files can. */
import type { Command } from 'commander';
import { type ExampleKind, exampleNames } from '../examples.ts';

/** Examples that a command takes by name. */
const EXAMPLES: Readonly<Record<string, readonly ExampleKind[]>> = {
  run: ['experiment'],
  sweep: ['sweep'],
  check: ['experiment', 'sweep'],
};
/** Options whose value is a file or folder. */
const PATHS: readonly string[] = ['out', 'resume'];
/** The line that lets the shell offer files beside what stands before it. */
const FILES = ':files';

/** Lines `candidate` or `candidate TAB what it is` for the last of the words, which may be empty. */
export function candidates(program: Command, words: readonly string[]): string[] {
  const word = (words.at(-1) ?? '').trim();
  const before = words.slice(0, -1);
  const fitting = (lines: readonly string[]) => lines.filter((line) => line.startsWith(word));
  const visible = program.createHelp().visibleCommands(program);
  if (before.length === 0 || (before[0] === 'help' && before.length === 1)) {
    const names = visible.map((command) => `${command.name()}\t${command.summary() || command.description()}`);
    return fitting(word.startsWith('-') ? optionsOf(program) : names);
  }
  const command = visible.find((one) => one.name() === before[0]);
  if (command === undefined || command.name() === 'help') return [];
  const option = command.options.find(({ long }) => long === before.at(-1));
  if (option && (option.required || option.optional))
    return option.argChoices ? fitting(option.argChoices) : PATHS.includes(option.attributeName()) ? [FILES] : [];
  if (word.startsWith('-')) return fitting(optionsOf(command));
  const [argument] = command.registeredArguments;
  if (argument === undefined) return [];
  if (argument.argChoices) return fitting(argument.argChoices);
  const names = (EXAMPLES[command.name()] ?? []).flatMap(exampleNames);
  return [...fitting(names.map((name) => `${name}\tan example`)), FILES];
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => `${long}\t${description}`);
}
