foreload completion bash >script
bash -n script
. ./script
complete_line() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _foreload foreload "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "${*@Q} -> ${COMPREPLY[*]-}"
}
complete_line foreload ''
complete_line foreload cat
complete_line foreload catalog ''
complete_line foreload catalog import --p
complete_line foreload optimize --strategy ''
complete_line foreload select --strategy = ag
complete_line foreload select --strategy =
complete_line foreload --color a
complete_line foreload config show --no-
complete_line foreload completion ''
complete_line foreload select --catalog ''
