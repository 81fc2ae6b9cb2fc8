export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

// Each asks bp itself for the words, so that it never knows less than the bp that is installed.
const BASH = `# bash completion for bp: source <(bp completion bash)
_bp_complete() {
  local line words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" completion words -- "\${words[@]}" 2>/dev/null)
}
complete -o default -o bashdefault -F _bp_complete bp
`;

const ZSH = `#compdef bp
# zsh completion for bp: source <(bp completion zsh), after compinit
_bp() {
  local -a offered
  offered=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  offered=("\${(@)offered:#}")
  if (( \${#offered} )); then compadd -a offered; else _files; fi
}
if [ "$funcstack[1]" = "_bp" ]; then _bp "$@"; else compdef _bp bp; fi
`;

const FISH = `# fish completion for bp: bp completion fish | source
function __bp_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] completion words -- $words[2..-1] 2>/dev/null
end
complete -c bp -a '(__bp_complete)'
`;

/** What a shell has to read to complete `bp`. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
