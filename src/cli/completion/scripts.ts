/**
 * What a shell is told, once: to ask `diagflow complete -- WORD…` as one types (./candidates.ts). The libraries tried for this (tabtab, tab)
 * offer no files where a FILE is wanted, or need bash-completion.
 */

const bash = `_diagflow() {
  local line files=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(diagflow complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ -n $files ]] || return 0
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _diagflow diagflow`;

const zsh = `#compdef diagflow
_diagflow() {
  local line files=0
  local -a found
  for line in "\${(@f)$(diagflow complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then files=1; elif [[ -n $line ]]; then found+=("\${\${line//:/\\\\:}/$'\\t'/:}"); fi
  done
  (( $#found )) && _describe diagflow found
  (( files )) && _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _diagflow "$@"; else compdef _diagflow diagflow; fi`;

const fish = `function __diagflow
  set -l words (commandline -opc) (commandline -ct)
  for line in (diagflow complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c diagflow -f -a '(__diagflow)'`;

/** Where nothing is offered PowerShell offers files by itself. */
const powershell = `Register-ArgumentCompleter -Native -CommandName diagflow -ScriptBlock {
  param($word, $ast, $at)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += ' ' }
  diagflow complete -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
  }
}`;

export const SCRIPTS = { bash, zsh, fish, powershell } as const;
export type Shell = keyof typeof SCRIPTS;
export const SHELLS = Object.keys(SCRIPTS) as Shell[];
